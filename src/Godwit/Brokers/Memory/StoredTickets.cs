namespace Godwit.Brokers.Memory;

/// <summary>The tickets of a memory broker.</summary>
internal sealed class StoredTickets(Uptime uptime)
{
    /// <summary>The most tickets, some hundred octets each.</summary>
    public const int Most = 100_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stored> _tickets = new(StringComparer.Ordinal);
    private int _sweepAt = 1024;

    /// <summary>The number of tickets that are kept, some of which may be over.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _tickets.Count;
            }
        }
    }

    /// <summary>Keeps a ticket.</summary>
    public void Add(string id, ReadOnlyMemory<byte> content, TimeSpan life)
    {
        lock (_lock)
        {
            long now = uptime.Now;
            if (_tickets.Count >= _sweepAt)
            {
                Sweep(now);
            }

            if (_tickets.Count >= Most)
            {
                throw new BrokerUnavailableException($"{Most} tickets wait to be taken.", Retry);
            }

            _tickets[id] = new Stored(content.ToArray(), now + life.Ticks);
        }
    }

    /// <summary>Takes a ticket.</summary>
    public ReadOnlyMemory<byte>? Take(string id)
    {
        lock (_lock)
        {
            // Not by a conditional: null would become memory of no length.
            if (_tickets.Remove(id, out Stored stored) && uptime.Now < stored.Ends)
            {
                return stored.Content;
            }

            return null;
        }
    }

    /// <summary>Lets go of tickets that nobody took in time: each costs a look for every time that the number doubles.</summary>
    private void Sweep(long now)
    {
        foreach ((string id, Stored stored) in _tickets)
        {
            if (stored.Ends <= now)
            {
                _tickets.Remove(id);
            }
        }

        _sweepAt = Math.Min(Most, Math.Max(1024, 2 * _tickets.Count));
    }

    private readonly record struct Stored(byte[] Content, long Ends);
}
