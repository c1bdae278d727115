using Godwit.Access;
using Godwit.Administration;
using Godwit.Feeds.Framings;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Feeds.Pump;

/// <summary>Whose connection it is, for how long, and what is left of it when that changes.</summary>
internal sealed partial class Connection
{
    private static long _count;

    private Caller _caller = Caller.Nobody;
    private UInt128 _sessionId;
    private bool _hasSession;

    /// <summary>Who reads it.</summary>
    public Caller Caller { get => Volatile.Read(ref _caller); set => Volatile.Write(ref _caller, value); }

    /// <summary>Where it stands among all that began here: later ones have higher numbers.</summary>
    public long Number { get; } = NextNumber();

    /// <summary>The number of whatever begins next.</summary>
    public static long NextNumber() => Interlocked.Increment(ref _count);

    /// <summary>When it began, in ms since the Unix epoch.</summary>
    public long Since { get; private set; }

    /// <summary>The names of its rooms; shard only.</summary>
    public IEnumerable<RoomName> Rooms => _readers.Rooms();

    /// <summary>The session that it belongs to; 0 for those at a room's URL, and before hello. Set once; any thread.</summary>
    public UInt128 SessionId
    {
        get => Volatile.Read(ref _hasSession) ? _sessionId : default;
        set
        {
            // Two words: whoever looks meanwhile must not see one of them.
            _sessionId = value;
            Volatile.Write(ref _hasSession, true);
        }
    }

    /// <summary>Gives it another caller: the same user with a newer credential. What that may not read is left; any thread.</summary>
    public void Become(Caller caller, RoomAccess access)
    {
        Caller = caller;
        Ask(new ConnectionRequest(ConnectionRequestKind.Reconsider, Access: access));
    }

    /// <summary>Ends it if its caller's credential, or its session, was revoked while it became theirs, so that the order did not find it. To be called once it is started and known whose it is; any thread.</summary>
    public void EndIfRevoked(Revocations revocations)
    {
        if (revocations.Covers(Caller))
        {
            Close(Framing.End(ErrorCode.TokenRevoked));
        }
        else if (revocations.Covers(SessionId))
        {
            Close(Framing.End(ErrorCode.SessionRevoked));
        }
    }

    /// <summary>Leaves the rooms that its caller may not read any more; at a room's URL it ends. Shard only.</summary>
    public void Reconsider(RoomAccess access)
    {
        if (_stage != Stage.Open)
        {
            return;
        }

        Caller caller = Caller;
        if (access.IsRevoked(caller))
        {
            // The order came before the refresh, and ended nothing.
            End(ErrorCode.TokenRevoked);
            return;
        }

        for (int i = _readers.Count - 1; i >= 0; i--)
        {
            Reader reader = _readers[i];
            if (!access.Refuses(caller, reader.Feed.Room, Rights.Read, out AccessRefusal refusal))
            {
                if (reader.Membership is { } membership && access.Refuses(caller, reader.Feed.Room, Rights.Presence, out refusal))
                {
                    // It reads on, but not as a member, and not of them.
                    membership.End(Departure.Left);
                    reader.Membership = null;
                    QueueFrame(Framing.Control(ErrorFrame.Compose(refusal.Code, reader.Feed.Room.ToString(), refusal.Detail), null));
                    QueueServe();
                }

                continue;
            }

            if (SessionId == default)
            {
                End(refusal.Code);
                return;
            }

            Expel(reader, refusal.Code);
        }

        // The new credential may end sooner or later than the one before.
        if (!_outlet.IsFull)
        {
            ScheduleHeartbeat();
        }
    }

    /// <summary>Takes its reader out of a room, if it has one there; at a room's URL it ends. Shard only.</summary>
    public void ExpelFrom(RoomName room, ErrorCode code)
    {
        if (_stage != Stage.Open || _readers.Find(room) is not { } reader)
        {
            return;
        }

        if (SessionId == default)
        {
            End(code);
        }
        else
        {
            Expel(reader, code);
        }
    }

    /// <summary>Takes a reader of a session out of its room, and says why; shard only.</summary>
    public void Expel(Reader reader, ErrorCode code)
    {
        _readers.Remove(reader);
        LetGo(reader, Departure.Left);
        reader.IsExpelled = true;
        QueueFrame(Framing.Control(ControlObject.Left(reader.Feed.Room, code), null));
        QueueServe();
    }

    /// <summary>When its credential and the grace after that are over, in ms of the pump's clock; <see cref="long.MaxValue"/> for never.</summary>
    private long CredentialEnd()
    {
        if (Caller.Expires is not { } expires)
        {
            return long.MaxValue;
        }

        TimeSpan left = expires + _shard.Clock.Grace - _shard.Clock.Time.GetUtcNow();
        return _shard.Now + Math.Max(0, (long)left.TotalMilliseconds);
    }

    private bool IsCredentialOver() => Caller.Expires is { } expires && _shard.Clock.Time.GetUtcNow() >= expires + _shard.Clock.Grace;
}
