using System.Globalization;
using System.Net;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>Whether Redis can be used as it is set up. Each fault is one message that says what is wrong and what to set.</summary>
internal static partial class StartChecks
{
    private static readonly RedisScript Check = RedisScript.Load("check");
    private static readonly Version Oldest = new(7, 0);
    private static readonly Version OldestWithWaitAof = new(7, 2);

    /// <summary>Checks a connection.</summary>
    /// <exception cref="RedisStoreException">Redis cannot be used.</exception>
    public static async Task RunAsync(RedisConnection connection, ILogger log)
    {
        RedisBrokerOptions options = connection.Options;
        IServer[] primaries = [.. connection.Primaries.Where(static server => server.IsConnected)];
        foreach (IServer server in primaries)
        {
            string name = Name(server.EndPoint);
            string text = (string?)await server.ExecuteAsync("INFO", "server").ConfigureAwait(false) ?? "";
            CheckServer(options, name, text);
            await CheckPolicyAsync(server, name, log).ConfigureAwait(false);
        }

        if (primaries.Length == 0)
        {
            throw new RedisStoreException($"{RedisConfiguration.Addresses(options)} is a replica, which takes no writes: set the address of its primary, or Sentinels.");
        }

        await CheckLayoutAsync(connection).ConfigureAwait(false);
        await CheckRightsAsync(connection).ConfigureAwait(false);
    }

    /// <summary>Says what a failure to connect means.</summary>
    public static Task<RedisStoreException> ExplainAsync(RedisBrokerOptions options, Exception failure)
    {
        string addresses = RedisConfiguration.Addresses(options);
        string all = Messages(failure);
        string message =
            all.Contains("WRONGPASS", StringComparison.Ordinal) || all.Contains("invalid password", StringComparison.Ordinal) || all.Contains("AUTH <password> called without", StringComparison.Ordinal)
                ? $"Redis at {addresses} refuses the password: set the user and password that it has."
            : all.Contains("NOAUTH", StringComparison.Ordinal) ? $"Redis at {addresses} asks for a password, and none is set: set redis.password (in an application RedisBrokerOptions.Password)."
            : all.Contains("CLUSTERDOWN", StringComparison.Ordinal) || all.Contains("Hash slot not served", StringComparison.OrdinalIgnoreCase)
                ? $"The cluster at {addresses} has no slots, or not all of them are served: make it whole, and look at 'CLUSTER INFO'."
            : all.Contains("NOPERM", StringComparison.Ordinal) || all.Contains("ACL failure", StringComparison.Ordinal) || all.Contains("The user executing the script", StringComparison.Ordinal) ? $"The user of Redis at {addresses} may not do what this server has to: {failure.Message}. Give it ~{options.Prefix}:* &{options.Prefix}:* and the commands that docs/scaling.md lists."
            : all.Contains("authentication failure", StringComparison.OrdinalIgnoreCase) || all.Contains("AuthenticationFailure", StringComparison.Ordinal)
                ? $"Redis at {addresses} refuses the user and password, or the TLS connection: {failure.Message}"
            : options.Topology == RedisTopology.Sentinel
                ? $"No primary of '{options.Service}' was found through the Sentinels at {addresses}: {failure.Message}"
            // Not what the library says: it advises settings that are not ours. That goes with the exception.
            : $"Redis at {addresses} does not answer: start it, or set the address where it is.";
        return Task.FromResult(new RedisStoreException(message, failure));
    }

    /// <summary>Checks what a server tells of itself.</summary>
    internal static void CheckServer(RedisBrokerOptions options, string name, string text)
    {
        string mode = Field(text, "redis_mode") ?? "standalone";
        string version = Field(text, "redis_version") ?? "";
        if (mode == "sentinel")
        {
            throw new RedisStoreException($"{name} is a Sentinel, not a Redis that stores: set the topology to Sentinel and the name of the service.");
        }

        if (mode == "cluster" && options.Topology != RedisTopology.Cluster)
        {
            throw new RedisStoreException($"{name} is a node of a cluster, and was given as {(options.Topology == RedisTopology.Single ? "a single server" : "one behind Sentinels")}: set the topology to Cluster.");
        }

        if (mode != "cluster" && options.Topology == RedisTopology.Cluster)
        {
            throw new RedisStoreException($"{name} is no node of a cluster, and was given as one: set the topology to Single, or start it with 'cluster-enabled yes'.");
        }

        if (!Version.TryParse(version, out Version? parsed) || parsed < Oldest)
        {
            throw new RedisStoreException($"{name} is Redis {version}: it has to be {Oldest} or newer.");
        }

        if (options.Acknowledgement == RedisAcknowledgement.ReplicatedOnDisk && parsed < OldestWithWaitAof)
        {
            throw new RedisStoreException($"{name} is Redis {version}: acknowledgement by what is on the disk takes {OldestWithWaitAof} or newer. Set Replicated, or Primary.");
        }
    }

    private static async Task CheckPolicyAsync(IServer server, string name, ILogger log)
    {
        string policy;
        try
        {
            RedisResult result = await server.ExecuteAsync("CONFIG", "GET", "maxmemory-policy").ConfigureAwait(false);
            if (result.Length < 2)
            {
                Log.PolicyUnknown(log, name, "it does not tell its maxmemory-policy");
                return;
            }

            policy = (string?)result[1] ?? "";
        }
        catch (RedisServerException refused)
        {
            Log.PolicyUnknown(log, name, refused.Message);
            return;
        }

        if (policy != "noeviction")
        {
            throw new RedisStoreException($"{name} has the maxmemory-policy {policy}, by which it would drop what was acknowledged: set 'maxmemory-policy noeviction'.");
        }
    }

    /// <summary>Checks the number of the layout, and sets it where there is none.</summary>
    internal static async Task CheckLayoutAsync(RedisConnection connection)
    {
        string key = connection.Keys.Layout;
        string ours = RedisKeys.LayoutNumber.ToString(CultureInfo.InvariantCulture);
        RedisValue stored;
        try
        {
            stored = await connection.Database.StringSetAndGetAsync(key, ours, when: When.NotExists).ConfigureAwait(false);
        }
        catch (RedisServerException refused) when (refused.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            throw new RedisStoreException($"The key {key} is not one of this system: delete it, or set another prefix.", refused);
        }

        if (stored.IsNull || stored == ours)
        {
            return;
        }

        throw !int.TryParse((string?)stored, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0
            ? new RedisStoreException($"The key {key} is not one of this system: delete it, or set another prefix.")
            : number > RedisKeys.LayoutNumber
                ? new RedisStoreException($"The data under {connection.Options.Prefix}: is of layout {number}, and this server knows {RedisKeys.LayoutNumber}: start a newer server, or set another prefix.")
                : new RedisStoreException($"The data under {connection.Options.Prefix}: is of layout {number}, which this server, of {RedisKeys.LayoutNumber}, does not read any more: delete it, or set another prefix.");
    }

    // What a user may not do shows now and not with the first entry: a script that may not publish has stored what it was given before it fails.
    private static async Task CheckRightsAsync(RedisConnection connection)
    {
        RedisKeys keys = connection.Keys;
        RoomName room = RoomName.Parse($"start-{Guid.NewGuid():N}");
        await connection.Database.ScriptEvaluateAsync(Check.Text, [keys.Record(room), keys.Log(room)], [keys.Events(room), connection.PublishCommand], CommandFlags.DemandMaster).ConfigureAwait(false);
        await connection.Database.PublishAsync(connection.Channel(keys.Events(room)), "").ConfigureAwait(false);
    }

    private static string Name(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endpoint.ToString()!;

    private static string? Field(string text, string name)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }

    private static string Messages(Exception failure)
    {
        var all = new List<string>();
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            all.Add(each.Message);
            if (each is AggregateException many)
            {
                all.AddRange(many.InnerExceptions.Select(Messages));
            }
        }

        return string.Join('\n', all);
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Warning, "Whether {Server} may drop what was acknowledged cannot be checked ({Reason}): see that it has 'maxmemory-policy noeviction'.", EventName = "PolicyUnknown")]
        public static partial void PolicyUnknown(ILogger logger, string server, string reason);
    }
}
