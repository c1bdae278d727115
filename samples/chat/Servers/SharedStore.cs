using Microsoft.AspNetCore.DataProtection;
using StackExchange.Redis;

namespace Godwit.Samples.Chat.Servers;

/// <summary>What several servers of the chat share: rooms and tickets, and the keys that protect the cookie of the sign-in.</summary>
internal static class SharedStore
{
    /// <summary>The setting that names the Redis, <c>HOST:PORT</c>. Without it there is one server, with its rooms in memory.</summary>
    public const string Setting = "Chat:Redis";

    private const string Prefix = "chat";

    /// <summary>Shares all of it by a Redis, so that any server answers any request.</summary>
    public static void AddSharedStore(this IServiceCollection services, string redis)
    {
        services.UseRedisBroker(redis, static options => options.Prefix = Prefix);

        // A cookie that one server gave is read by every other.
        services.AddDataProtection().SetApplicationName(Prefix).PersistKeysToStackExchangeRedis(ConnectionMultiplexer.Connect(redis), $"{Prefix}:keys");
    }
}
