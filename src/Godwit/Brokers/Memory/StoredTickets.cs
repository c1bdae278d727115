namespace Godwit.Brokers.Memory;

/// <summary>The tickets of a memory broker.</summary>
internal sealed class StoredTickets(Uptime uptime)
{
    /// <summary>The most tickets.</summary>
    public const int Most = 100_000;

    /// <summary>The most octets that they are kept with together, some 600 for each typical one.</summary>
    public const long MostOctets = 64 << 20;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stored> _tickets = new(StringComparer.Ordinal);
    private int _sweepAt = 1024;
    private long _octets;
    private long _sweepNext;

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
            int octets = CostOf(id, content.Length);
            if (_tickets.Count >= _sweepAt || (_octets + octets > MostOctets && now >= _sweepNext))
            {
                Sweep(now);
            }

            if (_tickets.Count >= Most || _octets + octets > MostOctets)
            {
                throw new BrokerUnavailableException($"Of tickets that wait to be taken there are as many as there may be: {Most}, or {MostOctets >> 20} MiB.", Retry) { IsFull = true };
            }

            if (_tickets.Remove(id, out Stored former))
            {
                _octets -= CostOf(id, former.Content.Length);
            }

            _tickets[id] = new Stored(content.ToArray(), now + life.Ticks);
            _octets += octets;
        }
    }

    /// <summary>Takes a ticket.</summary>
    public ReadOnlyMemory<byte>? Take(string id)
    {
        lock (_lock)
        {
            // Not by a conditional: null would become memory of no length.
            if (!_tickets.Remove(id, out Stored stored))
            {
                return null;
            }

            _octets -= CostOf(id, stored.Content.Length);
            if (uptime.Now < stored.Ends)
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
                _octets -= CostOf(id, stored.Content.Length);
            }
        }

        _sweepNext = now + Retry.Ticks;
        _sweepAt = Math.Min(Most, Math.Max(1024, 2 * _tickets.Count));
    }

    // With the texts' and arrays' own heads, and the place in the table.
    private static int CostOf(string id, int content) => content + (2 * id.Length) + 120;

    private readonly record struct Stored(byte[] Content, long Ends);
}
