using Godwit.Brokers;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>Orders of administrators, each for its life.</summary>
internal sealed class OrderTable(Database database)
{
    /// <summary>The most orders, some hundred octets each.</summary>
    public const int Most = 100_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Statement _insert = database.Prepare("INSERT INTO orders(content, ends) VALUES(?, ?) RETURNING number");
    private readonly Statement _expire = database.Prepare("DELETE FROM orders WHERE number IN (SELECT number FROM orders WHERE ends <= ? ORDER BY ends LIMIT ?)");
    private readonly Statement _count = database.Prepare("SELECT count(*) FROM orders");
    private readonly Statement _next = database.Prepare("SELECT min(ends) FROM orders");
    private long _atMost = long.MaxValue;

    /// <summary>Keeps an order and gives its number.</summary>
    /// <exception cref="BrokerUnavailableException">There are as many as there may be.</exception>
    public long Add(ReadOnlySpan<byte> content, long ends, long now)
    {
        if (_atMost >= Most)
        {
            Expire(now, Most);
            _atMost = _count.Step() ? _count.Number(0) : 0;
            _count.Reset();
            if (_atMost >= Most)
            {
                throw new BrokerUnavailableException($"{Most} orders are kept.", Retry);
            }
        }

        _insert.Bind(1, content).Bind(2, ends).Step();
        long number = _insert.Number(0);
        _insert.Reset();
        _atMost++;
        return number;
    }

    /// <summary>Lets go of orders whose life is over.</summary>
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
