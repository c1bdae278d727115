using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Godwit.Redis.Connecting;

/// <summary>The settings as the client library takes them. It changes what it is given, so each connection gets its own.</summary>
internal static class RedisConfiguration
{
    /// <summary>Checks settings that are wrong whatever Redis says.</summary>
    /// <exception cref="RedisStoreException">One is.</exception>
    public static void Check(RedisBrokerOptions options)
    {
        if (options.Endpoints.Count == 0)
        {
            throw new RedisStoreException("No Redis is named: set an address such as localhost:6379.");
        }

        foreach (string endpoint in options.Endpoints)
        {
            if (!TryParse(endpoint, DefaultPort(options), out _))
            {
                throw new RedisStoreException($"'{endpoint}' is not an address of Redis: it is HOST, HOST:PORT, [IPv6]:PORT or the path of a Unix socket.");
            }
        }

        if (!RedisKeys.IsPrefix(options.Prefix))
        {
            throw new RedisStoreException($"'{options.Prefix}' cannot be the prefix: it is {RedisKeys.PrefixRule}.");
        }

        if (options.Topology == RedisTopology.Sentinel && string.IsNullOrEmpty(options.Service))
        {
            throw new RedisStoreException("With Sentinels the name of the service has to be set, as in 'sentinel monitor NAME'.");
        }

        if (options.Topology == RedisTopology.Cluster && options.Database != 0)
        {
            throw new RedisStoreException("A cluster has the database 0 alone: set that, or give each system a prefix of its own.");
        }

        CheckRange("Database", options.Database, 0, int.MaxValue);
        CheckRange("Replicas", options.Replicas, 1, 16);
        CheckRange("ReplicationTimeout", options.ReplicationTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(4));
        CheckRange("CallTimeout", options.CallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4.5));
        CheckRange("ConnectTimeout", options.ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
    }

    /// <summary>Makes what a connection is made with.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="name">What Redis shows as the name of the connection.</param>
    /// <param name="waits">Whether what cannot be sent yet waits for the connection.</param>
    public static ConfigurationOptions Make(RedisBrokerOptions options, string name, bool waits)
    {
        var made = new ConfigurationOptions
        {
            AbortOnConnectFail = true,

            // Only so that INFO, CONFIG GET and ROLE may be asked for.
            AllowAdmin = true,

            // A call that cannot be made now is refused now: the publisher knows best whether to try again. Subscriptions wait for their connection, which comes last.
            BacklogPolicy = waits ? BacklogPolicy.Default : BacklogPolicy.FailFast,
            ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds,
            AsyncTimeout = (int)options.CallTimeout.TotalMilliseconds,
            SyncTimeout = (int)options.CallTimeout.TotalMilliseconds,
            ConnectRetry = 1,
            ReconnectRetryPolicy = new LinearRetry(500),
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            KeepAlive = 10,
            ClientName = name,
            DefaultDatabase = options.Database,

            // Subscriptions have a connection of their own: one that Redis cuts off for being slow does not take the calls with it.
            Protocol = RedisProtocol.Resp2,
            ConfigurationChannel = "",
            TieBreaker = "",
            IncludeDetailInExceptions = false,
            User = options.User,
            Password = options.Password,
            Ssl = options.Tls,
            SslHost = options.TlsHost,
            ServiceName = options.Topology == RedisTopology.Sentinel ? options.Service : null,
        };
        foreach (string endpoint in options.Endpoints)
        {
            made.EndPoints.Add(TryParse(endpoint, DefaultPort(options), out EndPoint? parsed) ? parsed : throw new FormatException(endpoint));
        }

        return made;
    }

    /// <summary>The addresses, for messages.</summary>
    public static string Addresses(RedisBrokerOptions options) => string.Join(", ", options.Endpoints);

    private static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out EndPoint? endpoint)
    {
        endpoint = null;
        if (text.StartsWith('/'))
        {
            endpoint = new UnixDomainSocketEndPoint(text);
            return true;
        }

        // The last colon is before the port, unless it is one of an address in brackets.
        int colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
        string host = colon < 0 ? text : text[..colon];
        int port = defaultPort;
        if (colon >= 0 && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > IPEndPoint.MaxPort))
        {
            return false;
        }

        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (IPAddress.TryParse(isBracketed ? host[1..^1] : host, out IPAddress? address) && isBracketed == (address.AddressFamily == AddressFamily.InterNetworkV6))
        {
            endpoint = new IPEndPoint(address, port);
        }
        else if (!isBracketed && Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            endpoint = new DnsEndPoint(host, port);
        }

        return endpoint is not null;
    }

    private static int DefaultPort(RedisBrokerOptions options) => options.Topology == RedisTopology.Sentinel ? RedisBrokerOptions.DefaultSentinelPort : RedisBrokerOptions.DefaultPort;

    private static void CheckRange<T>(string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new RedisStoreException($"{name} is {value}; it has to be {least} to {most}.");
        }
    }
}
