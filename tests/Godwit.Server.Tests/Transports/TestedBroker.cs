using Godwit.Redis.Servers;

namespace Godwit.Server.Tests.Transports;

/// <summary>
/// Which broker the transport matrix runs on: the memory broker; with <c>GODWIT_TEST_BROKER=sqlite</c> the SQLite broker; with <c>redis</c> the Redis
/// broker, where each request goes to another of two servers than the one before. The latter two over HTTP/1.1 alone.
/// </summary>
internal static class TestedBroker
{
    private static readonly string Name = Environment.GetEnvironmentVariable("GODWIT_TEST_BROKER") switch
    {
        null or "" => "memory",
        "memory" or "sqlite" or "redis" => Environment.GetEnvironmentVariable("GODWIT_TEST_BROKER")!,
        var other => throw new InvalidOperationException($"GODWIT_TEST_BROKER is memory, sqlite or redis, not '{other}'."),
    };

    private static RedisServer? _redis;

    /// <summary>Whether it is the memory broker, over every carrier.</summary>
    public static bool IsMemory => Name == "memory";

    /// <summary>Whether it is the SQLite broker.</summary>
    public static bool IsSqlite => Name == "sqlite";

    /// <summary>Whether it is the Redis broker.</summary>
    public static bool IsRedis => Name == "redis";

    /// <summary>Where Redis is, for the Redis broker.</summary>
    public static string Redis => _redis?.Address ?? throw new InvalidOperationException("Redis has not been started.");

    /// <summary>Starts what the broker needs, once for all tests.</summary>
    public static async Task StartAsync()
    {
        if (IsRedis)
        {
            _redis = await RedisServer.StartAsync();
        }
    }

    /// <summary>Ends it.</summary>
    public static ValueTask EndAsync() => _redis?.DisposeAsync() ?? ValueTask.CompletedTask;
}
