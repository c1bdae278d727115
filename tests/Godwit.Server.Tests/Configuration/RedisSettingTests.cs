using System.Text;
using Godwit.Redis;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public sealed class RedisSettingTests
{
    [Fact]
    public void One_flag_chooses_Redis_and_all_else_has_its_default()
    {
        ServerSettings settings = Loading.Settings(flags: ["--redis", "localhost:6379"]);
        var options = new RedisBrokerOptions();
        settings.Redis.ApplyTo(options);

        Assert.Equal(["localhost:6379"], options.Endpoints);
        Assert.Equal((RedisTopology.Single, RedisAcknowledgement.Primary, false, false), (options.Topology, options.Acknowledgement, options.Tls, options.WaitBroker));
        Assert.False(Loading.Settings().Redis.IsUsed);
    }

    [Fact]
    public void Everything_stands_in_the_file()
    {
        using var password = new TemporaryFile(Encoding.UTF8.GetBytes("a bé c#\n"));
        var options = new RedisBrokerOptions();
        Loading.Settings($$"""
            { "redis": {
                "servers": ["sentinel-1:26379", "10.0.0.2", "[fd00::3]:26379"], "topology": "sentinel", "service": "rt",
                "user": "rt", "password": { "file": "{{password.Path}}" }, "tls": true, "tlsHost": "redis.example", "database": 3, "prefix": "shop:rt",
                "ack": "replicated", "replicas": 2, "replicationTimeout": "500ms", "callTimeout": "1500ms", "connectTimeout": "10s", "waitBroker": true } }
            """).Redis.ApplyTo(options);

        Assert.Equal(["sentinel-1:26379", "10.0.0.2", "[fd00::3]:26379"], options.Endpoints);
        Assert.Equal((RedisTopology.Sentinel, "rt", "rt", "a bé c#"), (options.Topology, options.Service, options.User, options.Password));
        Assert.Equal((true, "redis.example", 3, "shop:rt", true), (options.Tls, options.TlsHost, options.Database, options.Prefix, options.WaitBroker));
        Assert.Equal((RedisAcknowledgement.Replicated, 2, TimeSpan.FromMilliseconds(500)), (options.Acknowledgement, options.Replicas, options.ReplicationTimeout));
        Assert.Equal((TimeSpan.FromMilliseconds(1500), TimeSpan.FromSeconds(10)), (options.CallTimeout, options.ConnectTimeout));
    }

    [Fact]
    public void Every_option_of_the_broker_can_be_set()
    {
        // One that is not set by the settings would keep its default whatever is configured.
        string[] settings = [.. GodwitSettings.Table.Settings.Where(static setting => setting.Path.StartsWith("redis.", StringComparison.Ordinal)).Select(static setting => setting.Path)];

        Assert.Equal(typeof(RedisBrokerOptions).GetProperties().Length, settings.Length);
    }

    [Theory]
    [InlineData("fd00::7:6379", "\"fd00::7:6379\" has no host; an IPv6 address stands in brackets")]
    [InlineData("[fd00::7", "\"[fd00::7\" has no")]
    [InlineData("localhost:0", "has no port from 1 to 65535")]
    [InlineData("localhost:65536", "has no port from 1 to 65535")]
    [InlineData("localhost:+1", "has no port from 1 to 65535")]
    [InlineData(":6379", "has no host")]
    [InlineData("a b:6379", "has no host")]
    [InlineData("redis://user:geheim@localhost:6379", "it is a URL; user, password and TLS are settings of their own")]
    public void What_is_no_address_is_a_fault_that_says_how_one_is_written(string address, string expected)
    {
        string fault = Loading.Fault(flags: ["--redis", address]);

        Assert.Contains($"--redis: redis.servers[0]: {(expected[0] == '"' ? expected : "")}", fault, StringComparison.Ordinal);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Contains("it takes HOST:PORT", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_and_Redis_together_are_a_fault() =>
        Assert.Contains("--redis: redis.servers: data.directory (--data) is set as well, and logs are in one store; leave one of the two out", Loading.Fault(flags: ["--redis", "localhost:6379", "--data", "data"]), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "redis": { "password": "geheim" } }""", "redis.password: it needs redis.servers")]
    [InlineData("""{ "redis": { "waitBroker": true } }""", "redis.waitBroker: it needs redis.servers")]
    [InlineData("""{ "redis": { "topology": "cluster" } }""", "redis.topology: it needs redis.servers")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "user": "rt" } }""", "redis.user: it needs redis.password")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "topology": "sentinel" } }""", "redis.topology: it needs redis.service")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "service": "x" } }""", "redis.service: it needs redis.topology: sentinel")]
    [InlineData("""{ "redis": { "servers": ["a:1", "b:1"] } }""", "redis.servers[1]: a second server is named, and redis.topology is single")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "tlsHost": "b" } }""", "redis.tlsHost: it needs redis.tls: true")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "topology": "cluster", "database": 1 } }""", "redis.database: a cluster has the database 0 alone")]
    [InlineData("""{ "redis": { "servers": ["a:1", "A:1"] } }""", "redis.servers[1]: A:1 stands there already")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "password": "gehe\nim" } }""", "redis.password: the password has more than one line")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "password": { "file": "/nowhere" } } }""", "redis.password.file: there is no file")]
    [InlineData("""{ "redis": { "servers": ["a:1"], "prefix": "a{b}" } }""", "redis.prefix: ")]
    public void What_cannot_hold_together_is_a_fault_that_shows_no_password(string file, string expected)
    {
        string fault = Loading.Fault(file);

        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("gehe", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_shown_nowhere()
    {
        LoadedConfiguration loaded = Loading.Load("""{ "redis": { "servers": ["a:1"], "password": "geheim" } }""");

        Assert.DoesNotContain("geheim", loaded.ToJson(), StringComparison.Ordinal);
        Assert.Equal(["redis.password"], loaded.NotInJson);
        Assert.Equal("(set)", GodwitSettings.Table.Find("redis.password")!.Print(loaded.Settings));
        Assert.DoesNotContain("geheim", $"{loaded.Settings.Redis.Password}", StringComparison.Ordinal);
    }
}
