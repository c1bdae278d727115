using Godwit.Brokers;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>Tickets, each until it is taken or over.</summary>
internal sealed class TicketTable(Database database)
{
    /// <summary>The most tickets.</summary>
    public const int Most = 100_000;

    /// <summary>The most octets that they are kept with together.</summary>
    public const long MostOctets = 64 << 20;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Statement _put = database.Prepare("INSERT OR REPLACE INTO tickets(id, content, ends) VALUES(?, ?, ?)");
    private readonly Statement _take = database.Prepare("DELETE FROM tickets WHERE id = ? RETURNING content, ends");
    private readonly Statement _expire = database.Prepare("DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE ends <= ? ORDER BY ends LIMIT ?)");
    private readonly Statement _count = database.Prepare("SELECT count(*), total(length(content)) FROM tickets");
    private readonly Statement _next = database.Prepare("SELECT min(ends) FROM tickets");

    // At least as many as there are, and counted anew when that is the most.
    private long _atMost = long.MaxValue;
    private long _octets;

    /// <summary>Keeps a ticket.</summary>
    /// <exception cref="BrokerUnavailableException">There are as many as there may be.</exception>
    public void Put(string id, ReadOnlySpan<byte> content, long ends, long now)
    {
        if (IsFull(content.Length))
        {
            Expire(now, Most);
            _count.Step();
            (_atMost, _octets) = (_count.Number(0), _count.Number(1));
            _count.Reset();
            if (IsFull(content.Length))
            {
                throw new BrokerUnavailableException($"Of tickets that wait to be taken there are as many as there may be: {Most}, or {MostOctets >> 20} MiB.", Retry) { IsFull = true };
            }
        }

        _put.Bind(1, id).Bind(2, content).Bind(3, ends).Run();
        _atMost++;
        _octets += content.Length;
    }

    private bool IsFull(int octets) => _atMost >= Most || _octets + octets > MostOctets;

    /// <summary>Takes a ticket; null if there is none, or its life is over.</summary>
    public byte[]? Take(string id, long now)
    {
        if (!_take.Bind(1, id).Step())
        {
            return null;
        }

        byte[] content = _take.Octets(0);
        long ends = _take.Number(1);
        _take.Reset();
        return ends > now ? content : null;
    }

    /// <summary>Has them counted anew: the transaction was undone, and what it let go of is there again.</summary>
    public void Forget() => _atMost = long.MaxValue;

    /// <summary>Lets go of tickets that nobody took in time.</summary>
    public void Expire(long now, int limit) => _expire.Bind(1, now).Bind(2, limit).Run();

    /// <summary>When the next one is over.</summary>
    public long NextEnd()
    {
        _next.Step();
        long ends = _next.Number(0);
        _next.Reset();
        return ends == 0 ? StoreClock.Never : ends;
    }
}
