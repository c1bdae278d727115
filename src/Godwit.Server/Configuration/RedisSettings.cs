using Godwit.Redis;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Declares the settings of logs in Redis.</summary>
internal static class RedisSettings
{
    public const string Section = "redis";
    public const string Servers = $"{Section}.servers";
    public const string Topology = $"{Section}.topology";
    public const string Service = $"{Section}.service";
    public const string User = $"{Section}.user";
    public const string Password = $"{Section}.password";
    public const string Tls = $"{Section}.tls";
    public const string TlsHost = $"{Section}.tlsHost";
    public const string Database = $"{Section}.database";
    public const string Ack = $"{Section}.ack";
    public const string WaitBroker = $"{Section}.waitBroker";
    public const string Replicas = $"{Section}.replicas";
    public const string ReplicationTimeout = $"{Section}.replicationTimeout";

    /// <summary>What the section is about.</summary>
    public const string Description = "Logs in Redis 7.0 or newer, which many servers share: any of them answers any client.";

    /// <summary>The settings.</summary>
    public static IEnumerable<Setting<ServerSettings>> All =>
    [
        new ListSetting<ServerSettings, string>(
            Servers,
            new RedisAddressForm(),
            "Where Redis is: a server; with redis.topology sentinel the Sentinels; with cluster some of its nodes, by which the others are found. Without it logs are on this machine.",
            server => [.. server.Redis.Servers.Select(address => address.Value)],
            (server, value) => server.Redis.Servers = value) { Flag = "--redis", Least = 0, Most = 100, Unset = "not set (no Redis)" },
        new ValueSetting<ServerSettings, RedisTopology>(
            Topology,
            new ChoiceForm<RedisTopology>(("single", RedisTopology.Single), ("sentinel", RedisTopology.Sentinel), ("cluster", RedisTopology.Cluster)),
            "What stands at these addresses: one server (single), Sentinels that know which server is the primary, or a Redis Cluster.",
            server => server.Redis.Options.Topology,
            (server, value) => server.Redis.Options.Topology = value),
        new ValueSetting<ServerSettings, string>(
            Service,
            new NameForm("what the Sentinels call the primary", 100),
            "What the Sentinels call the primary that they watch, with redis.topology sentinel.",
            server => server.Redis.Options.Service,
            (server, value) => server.Redis.Options.Service = value),
        new ValueSetting<ServerSettings, string>(
            User,
            new NameForm("a user of Redis", 100),
            "The user at Redis, where it is not the default one.",
            server => server.Redis.Options.User,
            (server, value) => server.Redis.Options.User = value),
        new ValueSetting<ServerSettings, ConfiguredPassword>(
            Password,
            new PasswordForm(),
            "The password at Redis, where it has one.",
            server => server.Redis.Password,
            (server, value) => server.Redis.Password = value),
        new ValueSetting<ServerSettings, bool>(
            Tls,
            new SwitchForm(),
            "Whether Redis is spoken to over TLS. Its certificates must be signed by an authority that the system trusts.",
            server => server.Redis.Options.Tls,
            (server, value) => server.Redis.Options.Tls = value),
        new ValueSetting<ServerSettings, string>(
            TlsHost,
            new NameForm("a host name", 255),
            "The name that the certificates of Redis are for, where it is not the host of its address.",
            server => server.Redis.Options.TlsHost,
            (server, value) => server.Redis.Options.TlsHost = value),
        new ValueSetting<ServerSettings, long>(
            Database,
            new CountForm(new SettingRange<long>(0, 1_000_000)),
            "The number of the database; a cluster has 0 alone.",
            server => (long)server.Redis.Options.Database,
            (server, value) => server.Redis.Options.Database = (int)value),
        new ValueSetting<ServerSettings, string>(
            $"{Section}.prefix",
            new NameForm("what all keys begin with", RedisBrokerOptions.MaxPrefixLength, "_.:-"),
            "What the names of all keys begin with. Servers with the same prefix share their rooms; others on the same Redis do not meet them.",
            server => server.Redis.Options.Prefix,
            (server, value) => server.Redis.Options.Prefix = value),
        new ValueSetting<ServerSettings, RedisAcknowledgement>(
            Ack,
            new ChoiceForm<RedisAcknowledgement>(("primary", RedisAcknowledgement.Primary), ("replicated", RedisAcknowledgement.Replicated), ("replicated-on-disk", RedisAcknowledgement.ReplicatedOnDisk)),
            "When an entry is acknowledged: when the primary has it; when replicas have it too (redis.replicas), so that one of them may take over and nothing is lost; or when all of these have it on the disk, which takes Redis 7.2 with appendonly yes.",
            server => server.Redis.Options.Acknowledgement,
            (server, value) => server.Redis.Options.Acknowledgement = value),
        new ValueSetting<ServerSettings, long>(
            Replicas,
            new CountForm(new SettingRange<long>(1, 16)),
            "How many replicas must have an entry before it is acknowledged, unless the primary is enough.",
            server => (long)server.Redis.Options.Replicas,
            (server, value) => server.Redis.Options.Replicas = (int)value),
        new ValueSetting<ServerSettings, TimeSpan>(
            ReplicationTimeout,
            new DurationForm(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(4))),
            "How long to wait for these replicas. A publish that they do not confirm by then gets 503 store.away; it may be stored all the same.",
            server => server.Redis.Options.ReplicationTimeout,
            (server, value) => server.Redis.Options.ReplicationTimeout = value),
        new ValueSetting<ServerSettings, TimeSpan>(
            $"{Section}.callTimeout",
            new DurationForm(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(4500))),
            "How long Redis may take to answer. One that answers nothing for that long counts as away until it answers again.",
            server => server.Redis.Options.CallTimeout,
            (server, value) => server.Redis.Options.CallTimeout = value),
        new ValueSetting<ServerSettings, TimeSpan>(
            $"{Section}.connectTimeout",
            new DurationForm(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30))),
            "How long making a connection to Redis may take.",
            server => server.Redis.Options.ConnectTimeout,
            (server, value) => server.Redis.Options.ConnectTimeout = value),
        new ValueSetting<ServerSettings, bool>(
            WaitBroker,
            new SwitchForm(),
            "Whether a server whose Redis does not answer at the start, or is not as it has to be, starts all the same, is not ready, and goes on trying. Otherwise it ends and says why.",
            server => server.Redis.Options.WaitBroker,
            (server, value) => server.Redis.Options.WaitBroker = value) { Flag = "--wait-broker" },
    ];
}
