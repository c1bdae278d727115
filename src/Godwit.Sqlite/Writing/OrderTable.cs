using Godwit.Brokers;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>Orders of administrators, each for its life.</summary>
internal sealed class OrderTable(Database database)
{
    /// <summary>The most orders, some hundred octets each.</summary>
    public const int Most = 100_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Statement _insert = database.Prepare("INSERT INTO orders(key, content, ends) VALUES(?, ?, ?) RETURNING number");
    private readonly Statement _replace = database.Prepare("DELETE FROM orders WHERE key = ? RETURNING number");
    private readonly Statement _expire = database.Prepare("DELETE FROM orders WHERE number IN (SELECT number FROM orders WHERE ends <= ? ORDER BY ends LIMIT ?)");
    private readonly Statement _count = database.Prepare("SELECT count(*) FROM orders");
    private readonly Statement _next = database.Prepare("SELECT min(ends) FROM orders");
    private long _atMost = long.MaxValue;

    /// <summary>Keeps an order, in the place of the one with the same key, and gives its number.</summary>
    /// <exception cref="BrokerUnavailableException">There are as many as there may be.</exception>
    public long Add(string? key, ReadOnlySpan<byte> content, long ends, long now)
    {
        bool replaces = key is not null && _replace.Bind(1, key).Step();
        _replace.Reset();
        if (!replaces && _atMost >= Most)
        {
            Expire(now, Most);
            _atMost = _count.Step() ? _count.Number(0) : 0;
            _count.Reset();
            if (_atMost >= Most)
            {
                throw new BrokerUnavailableException($"{Most} orders are kept.", Retry) { IsFull = true };
            }
        }

        _insert.Bind(1, key).Bind(2, content).Bind(3, ends).Step();
        long number = _insert.Number(0);
        _insert.Reset();
        _atMost += replaces || _atMost == long.MaxValue ? 0 : 1;
        return number;
    }

    /// <summary>Has them counted anew: the transaction was undone, and what it let go of is there again.</summary>
    public void Forget() => _atMost = long.MaxValue;

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
