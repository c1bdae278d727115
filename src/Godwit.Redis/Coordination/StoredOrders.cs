using Godwit.Brokers;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Coordination;

/// <summary>The orders of administrators, in one order for all servers: they share a slot.</summary>
internal sealed class StoredOrders(RedisConnection connection)
{
    /// <summary>The most orders, some hundred octets each.</summary>
    public const int Default = 100_000;

    private const string Tag = "orders";
    private const int PageOrders = 256;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    // Behind the end of the last order. The newest number may be lost then: numbers go by the time as well.
    private static readonly long KeptFor = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    private static readonly RedisScript Adding = RedisScript.Load("order-add");
    private static readonly RedisScript Reading = RedisScript.Load("order-read");

    /// <summary>The most orders.</summary>
    internal int Most { get; init; } = Default;

    /// <summary>The channel on which orders are told.</summary>
    public string Channel => connection.Keys.Shared(Tag, "told");

    private RedisKey Log => connection.Keys.Shared(Tag, "log");

    private RedisKey Newest => connection.Keys.Shared(Tag, "newest");

    /// <summary>Gives an order.</summary>
    /// <param name="key">What it takes the place of.</param>
    /// <param name="content">The order.</param>
    /// <param name="life">How long it is kept.</param>
    /// <param name="known">The highest number that this server knows.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<long> AddAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, long known, CancellationToken cancel)
    {
        RedisKey[] names = [Log, connection.Keys.Shared(Tag, "ends"), connection.Keys.Shared(Tag, "keys"), Newest];
        RedisValue[] arguments = [key ?? "", content, StoreTime.Milliseconds(life), Most, known, KeptFor, connection.PublishCommand, Channel];
        long number = (long)await connection.EvaluateDurablyAsync(Adding, names, arguments, cancel).ConfigureAwait(false);
        return number != 0 ? number : throw new BrokerUnavailableException($"{Most} orders are kept.", Retry) { IsFull = true };
    }

    /// <summary>Reads orders behind a number.</summary>
    /// <param name="after">The number.</param>
    /// <param name="known">The highest number that this server knows.</param>
    public async ValueTask<OrderPage> ReadAsync(long after, long known)
    {
        var answer = (RedisResult[])(await connection.EvaluateAsync(Reading, [Log, Newest], [after, PageOrders, known, KeptFor], CancellationToken.None).ConfigureAwait(false))!;
        var orders = new List<(long, byte[])>((answer.Length - 2) / 2);
        for (int i = 2; i < answer.Length; i += 2)
        {
            orders.Add(((long)answer[i], (byte[])answer[i + 1]!));
        }

        return new OrderPage((long)answer[0], (long)answer[1], orders);
    }
}
