namespace Godwit.Redis.Tests;

/// <summary>A redis-server that the tests of a class share, each under a prefix of its own.</summary>
public sealed class RedisServerFixture : IAsyncLifetime
{
    public RedisServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServerProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (Server is { } server)
        {
            await server.DisposeAsync();
        }
    }
}
