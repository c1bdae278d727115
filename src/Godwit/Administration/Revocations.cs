using System.Collections.Concurrent;
using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>The credentials and sessions that are not good any more. Asked at every decision, so nothing is asked while there are none.</summary>
internal sealed class Revocations(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (DateTimeOffset Before, DateTimeOffset Ends)> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<UInt128, DateTimeOffset> _sessions = new();
    private int _count;
    private int _sweepAt = 1024;

    /// <summary>How many there are, some of which may be over.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes an order to revoke into account; one that is repeated changes nothing. Never called twice at once.</summary>
    public void Add(Order order)
    {
        if (Count >= _sweepAt)
        {
            Sweep();
        }

        if (order.User is { } user)
        {
            _users.AddOrUpdate(user, static (_, order) => (order.Before, order.Ends), static (_, known, order) => (Later(known.Before, order.Before), Later(known.Ends, order.Ends)), order);
        }
        else if (order.Session is { } session)
        {
            _sessions[session] = order.Ends;
        }
        else if (order.TokenId is { } token)
        {
            _tokens[token] = order.Ends;
        }

        Volatile.Write(ref _count, _users.Count + _tokens.Count + _sessions.Count);
    }

    /// <summary>What is answered to a credential that is revoked.</summary>
    public static AccessRefusal Refusal => new(ErrorCode.TokenRevoked, "Get a new credential.");

    /// <summary>Refuses a caller whose credential is not good any more.</summary>
    public Identification Check(in Identification identified) => identified.Caller is { } caller && Covers(caller) ? Refusal : identified;

    /// <summary>Whether a caller's credential is not good any more. One of which nobody knows when it was made counts as made before.</summary>
    public bool Covers(Caller caller)
    {
        if (Count == 0)
        {
            return false;
        }

        return (caller.User is { } user && _users.TryGetValue(user, out (DateTimeOffset Before, DateTimeOffset Ends) revoked) && Lasts(revoked.Ends) && (caller.Issued is not { } issued || issued < revoked.Before))
            || (caller.TokenId is { } token && _tokens.TryGetValue(token, out DateTimeOffset ends) && Lasts(ends));
    }

    /// <summary>Whether what is known of a user revokes credentials that one before a time does not.</summary>
    public bool HasLater(string user, DateTimeOffset before) => _users.TryGetValue(user, out (DateTimeOffset Before, DateTimeOffset Ends) known) && known.Before > before;

    /// <summary>Whether a session may not be gone on with.</summary>
    public bool Covers(UInt128 session) => Count != 0 && _sessions.TryGetValue(session, out DateTimeOffset ends) && Lasts(ends);

    private bool Lasts(DateTimeOffset ends) => time.GetUtcNow() < ends;

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private void Sweep()
    {
        foreach ((string user, (DateTimeOffset _, DateTimeOffset ends)) in _users)
        {
            if (!Lasts(ends))
            {
                _users.TryRemove(user, out _);
            }
        }

        foreach ((string token, DateTimeOffset ends) in _tokens)
        {
            if (!Lasts(ends))
            {
                _tokens.TryRemove(token, out _);
            }
        }

        foreach ((UInt128 session, DateTimeOffset ends) in _sessions)
        {
            if (!Lasts(ends))
            {
                _sessions.TryRemove(session, out _);
            }
        }

        _sweepAt = Math.Max(1024, 2 * (_users.Count + _tokens.Count + _sessions.Count));
    }
}
