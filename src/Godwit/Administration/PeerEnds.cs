namespace Godwit.Administration;

/// <summary>The orders to end single sessions that were told of late, of all servers: clients give such for their peers, and may not take the room that administrators need.</summary>
/// <param name="time">The clock.</param>
/// <param name="most">How many there may be before clients are refused.</param>
internal sealed class PeerEnds(TimeProvider time, int most = PeerEnds.Most)
{
    /// <summary>A tenth of the orders that a store keeps.</summary>
    public const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly HashSet<UInt128> _known = [];
    private readonly Queue<(UInt128 Session, long At)> _byAge = new();

    /// <summary>Whether clients may give no more for now.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _byAge.Count >= most;
            }
        }
    }

    /// <summary>Whether all servers have been told to end it, a moment ago.</summary>
    public bool Knows(UInt128 session)
    {
        lock (_lock)
        {
            Forget();
            return _known.Contains(session);
        }
    }

    /// <summary>An order was told.</summary>
    public void Add(UInt128 session)
    {
        lock (_lock)
        {
            Forget();

            // Administrators' are counted too, up to as many as there may be.
            if (_byAge.Count < most && _known.Add(session))
            {
                _byAge.Enqueue((session, time.GetTimestamp()));
            }
        }
    }

    private void Forget()
    {
        while (_byAge.TryPeek(out (UInt128 Session, long At) oldest) && time.GetElapsedTime(oldest.At) >= Orders.OnceLife)
        {
            _byAge.Dequeue();
            _known.Remove(oldest.Session);
        }
    }
}
