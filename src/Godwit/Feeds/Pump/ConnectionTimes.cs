using Godwit.Feeds.Framings;

namespace Godwit.Feeds.Pump;

/// <summary>When a connection last did what, in ms of the pump's clock, and what follows from it.</summary>
/// <remarks>Mutable, so never copied. All but <see cref="OnReceived"/> and <see cref="OnProgress"/> is the shard's.</remarks>
internal struct ConnectionTimes()
{
    private long _lastSent;
    private long _lastHeartbeat;
    private long _lastReceived;
    private long _messageSince = -1;
    private long _lastProgress;

    /// <summary>Since when the outlet is full; negative while it is not.</summary>
    public long FullSince { get; set; } = -1;

    /// <summary>Something was handed to the outlet.</summary>
    public void OnSent(long now) => _lastSent = now;

    /// <summary>A heartbeat is about to be handed to the outlet.</summary>
    public void OnHeartbeat(long now) => _lastHeartbeat = now;

    /// <summary>The client was heard of; any thread.</summary>
    /// <param name="now">The time.</param>
    /// <param name="inMessage">Whether it is in the middle of a message.</param>
    public void OnReceived(long now, bool inMessage)
    {
        Volatile.Write(ref _lastReceived, now);
        if (!inMessage || Volatile.Read(ref _messageSince) < 0)
        {
            Volatile.Write(ref _messageSince, inMessage ? now : -1);
        }
    }

    /// <summary>The client has taken a part of what makes the outlet full; any thread.</summary>
    public void OnProgress(long now) => Volatile.Write(ref _lastProgress, now);

    /// <summary>When the client will have taken nothing for the stall limit, if it goes on like that; called while the outlet is full.</summary>
    public long StallsAt(PumpClock clock) => Math.Max(FullSince, Volatile.Read(ref _lastProgress)) + clock.StallLimit;

    /// <summary>Whether a client that answers pings has not, though nothing was in their way.</summary>
    public bool IsSilent(long now, PumpClock clock, Framing framing) =>
        framing == Framing.WebSocket && now - Math.Max(Volatile.Read(ref _lastReceived), Volatile.Read(ref _lastProgress)) > (2 * clock.Heartbeat) + clock.StallLimit;

    /// <summary>Whether a message was begun and has not been finished for the stall limit.</summary>
    public bool IsMessageOverdue(long now, PumpClock clock) => Volatile.Read(ref _messageSince) is >= 0 and var since && now - since > clock.StallLimit;

    /// <summary>Whether a heartbeat is due, or will be so soon that it may as well be sent now.</summary>
    public bool IsHeartbeatDue(long now, PumpClock clock, Framing framing) => now - QuietSince(framing) >= clock.Heartbeat * 4 / 5;

    /// <summary>When to look for the next heartbeat: up to a fifth early, so that connections that began together do not beat together.</summary>
    public long NextHeartbeat(PumpClock clock, Framing framing) =>
        QuietSince(framing) + clock.Heartbeat - Random.Shared.NextInt64((clock.Heartbeat / 5) + 1);

    /// <summary>Since when a heartbeat is missing. A WebSocket is pinged too when nothing was received: it may be busy one way and dead the other.</summary>
    private long QuietSince(Framing framing) => framing == Framing.WebSocket
        ? Math.Min(_lastSent, Math.Max(Volatile.Read(ref _lastReceived), _lastHeartbeat))
        : _lastSent;
}
