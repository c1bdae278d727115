using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class DeclarationTests
{
    // The setting, values at both ends of its range, and values just outside.
    public static readonly TheoryData<string, string, string, string, string> Ranges = new()
    {
        { "retention.age", "1s", "365d", "999ms", "366d" },
        { "retention.bytes", "1KiB", "1TiB", "1023B", "1099511627777B" },
        { "retention.entries", "1", "1000000000", "0", "1000000001" },
        { "entryBytes", "1B", "1MiB", "0B", "1048577B" },
        { "keyWindow", "1s", "1d", "0s", "25h" },
        { "recordAge", "1h", "3650d", "999ms", "3651d" },
        { "presence.enabled", "true", "false", "on", "no" },
        { "presence.grace", "0s", "1m", "-1s", "61s" },
        { "presence.members", "1", "100000", "0", "100001" },
        { "presence.sampleAbove", "0", "1000", "-1", "1001" },
        { "presence.stateBytes", "1B", "64KiB", "0B", "65537B" },
        { "delivery", "all", "latest", "newest", "" },
        { "access.grace", "0s", "10m", "-1s", "601s" },
        { "access.clockSkew", "0s", "10m", "-1s", "601s" },
        { "session.life", "1m", "365d", "59s", "366d" },
        { "session.rooms", "1", "10000", "0", "10001" },
        { "session.helloTimeout", "1s", "1m", "999ms", "61s" },
        { "limits.headBytes", "off", "4KiB", "4095B", "1048577B" },
        { "limits.publishes", "1/s burst 1", "1000000/s burst 1000000", "0/s burst 1", "1000001/s" },
        { "limits.roomPublishes", "off", "5/s burst 10", "5", "5/s burst 0" },
        { "limits.requests", "1/s burst 1", "off", "0/s", "5/s burst 0" },
        { "limits.newRooms", "off", "5/s burst 10", "none", "1/m" },
        { "limits.sessions", "1", "1000000", "0", "1000001" },
        { "limits.memberships", "1", "1000000", "0", "1000001" },
        { "limits.heldExchanges", "off", "1000", "0", "1001" },
        { "limits.attempts", "off", "100/s burst 500", "", "100/s burst -1" },
        { "limits.connections", "1", "10000000", "0", "10000001" },
        { "webrtc.port", "1", "65535", "0", "65536" },
        { "proxyHeader", "x-forwarded-for", "forwarded", "via", "" },
        { "memory.logs", "1MiB", "64GiB", "1023KiB", "9223372036854775807TiB" },
        { "feeds.linger", "0s", "1h", "-1s", "61m" },
        { "longPolling.maxWait", "1s", "2m", "999ms", "121s" },
        { "heartbeat", "1s", "1m", "999ms", "61s" },
        { "stallLimit", "1s", "10m", "999ms", "601s" },
        { "drain.delay", "0s", "5m", "-1s", "301s" },
        { "drain.window", "0s", "10m", "-1s", "601s" },
        { "shards", "1", "64", "0", "65" },
        { "data.sync", "full", "normal", "off", "" },
        { "data.waitLock", "0s", "1h", "-1s", "61m" },
        { "redis.topology", "single", "cluster", "ring", "" },
        { "redis.tls", "true", "false", "yes", "0" },
        { "redis.database", "0", "1000000", "-1", "1000001" },
        { "redis.ack", "primary", "replicated-on-disk", "all", "" },
        { "redis.replicas", "1", "16", "0", "17" },
        { "redis.replicationTimeout", "10ms", "4s", "9ms", "4001ms" },
        { "redis.callTimeout", "100ms", "4500ms", "99ms", "4501ms" },
        { "redis.connectTimeout", "100ms", "30s", "99ms", "31s" },
        { "redis.waitBroker", "true", "false", "1m", "" },
        { "connections.max", "1", "10000000", "0", "10000001" },
        { "connections.socketLane", "true", "false", "on", "0" },
        { "memory.collectWhenQuiet", "true", "false", "on", "no" },
        { "memory.collectRest", "0", "1000000", "-1", "1000001" },
        { "bodyBytes", "1KiB", "64MiB", "1023B", "67108865B" },
        { "bodyTimeout", "1s", "10m", "999ms", "601s" },
        { "mount", "/a", "/a.b/~c_d-e", "/", "/a/" },
        { "verbose", "true", "false", "True", "0" },
        { "access.revocationLife", "1h", "3660d", "59m", "3661d" },
        { "allowAnonymous", "true", "false", "yes", "" },
        { "lab", "true", "false", "on", "no" },
    };

    // Paths, which have no range; what the files hold is checked together (Tls/MaterialTests), and a directory when it is opened.
    private static readonly string[] Paths = ["tls.cert", "tls.key", "data.directory"];

    // Text without a range (Configuration/RedisSettingTests).
    private static readonly string[] Texts = ["redis.user", "redis.password", "redis.service", "redis.tlsHost", "redis.prefix"];

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_setting_takes_the_ends_of_its_range_and_nothing_outside(string path, string least, string most, string below, string above)
    {
        foreach (string inside in new[] { least, most })
        {
            ServerSettings settings = Loading.Settings(variables: [.. Beside(path), $"{Variable(path)}={inside}"]);
            Assert.Equal(inside, GodwitSettings.Table.Find(path)!.Print(settings));
        }

        foreach (string outside in new[] { below, above })
        {
            Assert.StartsWith($"{Variable(path)}: {path}: ", Loading.Fault(variables: [.. Beside(path), $"{Variable(path)}={outside}"]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_setting_with_one_value_has_its_range_tested()
    {
        Assert.Equal(
            GodwitSettings.Table.Settings.Where(setting => !setting.IsList).Select(setting => setting.Path).Order(),
            Ranges.Select(row => row.Data.Item1).Concat(Paths).Concat(Texts).Order());
    }

    [Fact]
    public void Every_default_is_a_value_that_the_setting_takes()
    {
        var defaults = new ServerSettings();
        string[] variables =
        [
            .. GodwitSettings.Table.Settings
                .Where(setting => !setting.IsList && setting.Print(defaults) is not null)
                .Select(setting => $"{Variable(setting.Path)}={setting.Print(defaults)}"),
        ];

        ServerSettings settings = Loading.Settings(variables: variables);

        Assert.All(GodwitSettings.Table.Settings, setting => Assert.Equal(setting.Print(defaults), setting.Print(settings)));
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("rt")]
    [InlineData("//rt")]
    [InlineData("/rt/../x")]
    [InlineData("/.")]
    [InlineData("/{id}")]
    [InlineData("/a b")]
    [InlineData("/ä")]
    public void A_mount_that_would_not_be_a_plain_path_is_refused(string mount)
    {
        Assert.Contains("it takes a path such as /rt", Loading.Fault(flags: ["--mount", mount]), StringComparison.Ordinal);
    }

    // What a setting is of no use without.
    private static string[] Beside(string path) => path switch
    {
        _ when path.StartsWith("redis.", StringComparison.Ordinal) => ["GODWIT_redis__servers__0=localhost:6379"],
        _ => [],
    };

    private static string Variable(string path) => $"GODWIT_{path.Replace(".", "__", StringComparison.Ordinal)}";
}
