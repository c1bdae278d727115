using System.Net.Sockets;
using Godwit.Brokers;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>What a failure of a call means.</summary>
internal static class RedisFaults
{
    /// <summary>What the scripts' own errors begin with.</summary>
    public const string OwnError = "GODWIT ";

    /// <summary>When to try again.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Whether a failure is one of Redis or the way to it, and none of this program.</summary>
    public static bool IsOfRedis(Exception failure) =>
        failure is RedisException or TimeoutException or SocketException or IOException or ObjectDisposedException or RedisCommandException;

    /// <summary>What the caller is told.</summary>
    public static BrokerUnavailableException Unavailable(Exception failure) => failure switch
    {
        BrokerUnavailableException already => already,
        RedisServerException refused => new BrokerUnavailableException(Explain(refused.Message), Retry, failure) { IsFull = Begins(refused, "OOM") },
        RedisTimeoutException or TimeoutException => new BrokerUnavailableException("Redis does not answer.", Retry, failure),
        _ => new BrokerUnavailableException("There is no connection to Redis.", Retry, failure),
    };

    /// <summary>Whether Redis holds something under a key that is not what it has to be.</summary>
    public static bool IsForeign(Exception failure) =>
        failure is RedisServerException refused && (Begins(refused, OwnError) || Begins(refused, "WRONGTYPE"));

    /// <summary>Whether Redis does not know a script, and has to be given its text.</summary>
    public static bool IsUnknownScript(RedisServerException refused) => Begins(refused, "NOSCRIPT");

    private static bool Begins(RedisServerException refused, string code) => refused.Message.StartsWith(code, StringComparison.Ordinal);

    private static string Explain(string message)
    {
        // A script's error has its place in the script behind it.
        int script = message.IndexOf(" script: ", StringComparison.Ordinal);
        message = script < 0 ? message : message[..script].TrimEnd(',');
        return message.StartsWith(OwnError, StringComparison.Ordinal)
            ? $"Redis holds something that is not of this system: {message[OwnError.Length..]}. Delete it, or set another prefix."
            : message.StartsWith("WRONGTYPE", StringComparison.Ordinal)
                ? $"Redis holds something of another type under a key of this system: {message}. Delete it, or set another prefix."
                : message.StartsWith("OOM", StringComparison.Ordinal) ? "Redis has no memory left for more (maxmemory)." : $"Redis refuses: {message}";
    }
}
