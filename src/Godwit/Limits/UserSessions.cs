using Godwit.Access;
using Godwit.Instruments;
using Godwit.Protocol;

namespace Godwit.Limits;

/// <summary>The sessions that users have live on this server: those with a connection, a stream or an exchange that is being answered.</summary>
/// <remarks>Any number of connections may belong to one session. API keys, anonymous callers and local requests are not counted.</remarks>
internal sealed class UserSessions(int? most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string User, UInt128 Session), int> _connections = [];
    private readonly Dictionary<string, int> _sessions = [];

    /// <summary>The sessions that are live.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Notes that a session of a caller has one more connection; false when it is a session above the limit.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="session">Which.</param>
    /// <param name="live">What is to be ended when the connection has; null where nothing is counted.</param>
    /// <param name="refusal">Why, where the answer is false.</param>
    public bool TryEnter(Caller caller, UInt128 session, out LiveSession? live, out AccessRefusal refusal)
    {
        live = null;
        refusal = default;
        if (most is not { } limit || caller.User is not { } user)
        {
            return true;
        }

        lock (_lock)
        {
            int connections = _connections.GetValueOrDefault((user, session));
            int sessions = _sessions.GetValueOrDefault(user);
            if (connections > 0 || sessions < limit)
            {
                _connections[(user, session)] = connections + 1;
                _sessions[user] = connections == 0 ? sessions + 1 : sessions;
                live = new LiveSession(this, user, session);
                return true;
            }
        }

        GodwitMeter.Hit(LimitNames.Sessions);
        refusal = new AccessRefusal(ErrorCode.SessionsLimit, $"A user may have {limit} sessions at a time; end one, or go on with one of them by its token.") { Retry = TimeSpan.FromSeconds(Random.Shared.Next(5, 11)) };
        return false;
    }

    /// <summary>Notes that a connection of a session has ended.</summary>
    public void Leave(string user, UInt128 session)
    {
        lock (_lock)
        {
            if (--_connections[(user, session)] > 0)
            {
                return;
            }

            _connections.Remove((user, session));
            if (--_sessions[user] == 0)
            {
                _sessions.Remove(user);
            }
        }
    }
}

/// <summary>One connection of a session that is counted.</summary>
internal sealed class LiveSession(UserSessions sessions, string user, UInt128 session) : IDisposable
{
    private int _hasEnded;

    /// <summary>The connection has ended. More often than once does no harm.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            sessions.Leave(user, session);
        }
    }
}
