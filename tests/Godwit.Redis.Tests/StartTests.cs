using Godwit.Redis.Connecting;
using Godwit.Rooms;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Redis.Tests;

/// <summary>A Redis that cannot be used stops the start, with one message that says what is wrong and what to set.</summary>
public sealed class StartTests(RedisServerFixture redis) : RedisTest, IClassFixture<RedisServerFixture>
{
    [Fact]
    public async Task One_that_does_not_answer()
    {
        int port = RedisServerProcess.FreePort();
        Assert.Equal($"Redis at 127.0.0.1:{port} does not answer: start it, or set the address where it is.", await FaultAsync($"127.0.0.1:{port}"));
    }

    [Fact]
    public async Task A_host_that_there_is_not() =>
        Assert.Equal("Redis at redis.invalid does not answer: start it, or set the address where it is.", await FaultAsync("redis.invalid"));

    [Fact]
    public async Task One_that_asks_for_a_password_and_one_that_refuses_it()
    {
        await using RedisServerProcess secured = await RedisServerProcess.StartAsync("--requirepass secret");
        Assert.Equal($"Redis at {secured.Endpoint} asks for a password, and none is set: set redis.password (in an application RedisBrokerOptions.Password).", await FaultAsync(secured.Endpoint));
        string wrong = $"Redis at {secured.Endpoint} refuses the password: set the user and password that it has.";
        Assert.Equal(wrong, await FaultAsync(secured.Endpoint, static options => options.Password = "wrong"));
        Assert.Equal(wrong, await FaultAsync(secured.Endpoint, static options => (options.User, options.Password) = ("nobody", "secret")));
        await ConnectAsync(secured.Endpoint, static options => options.Password = "secret");
    }

    [Fact]
    public async Task One_that_would_drop_what_was_acknowledged()
    {
        await using RedisServerProcess evicting = await RedisServerProcess.StartAsync("--maxmemory-policy allkeys-lru");
        Assert.Equal($"{evicting.Endpoint} has the maxmemory-policy allkeys-lru, by which it would drop what was acknowledged: set 'maxmemory-policy noeviction'.", await FaultAsync(evicting.Endpoint));
    }

    [Fact]
    public async Task One_that_does_not_tell_its_policy_is_used_with_a_warning()
    {
        await redis.Server.CommandAsync("ACL", "SETUSER", "curt", "on", ">secret", "~*", "&*", "+@all", "-config");
        RedisBroker broker = await ConnectAsync(redis.Server.Endpoint, static options => (options.User, options.Password) = ("curt", "secret"));
        Assert.True(broker.IsReady);
        Assert.Contains(Log.Lines, static line => line.StartsWith("Warning PolicyUnknown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("&other:*", "~*", "+@all")]
    [InlineData("&*", "~other:*", "+@all")]
    [InlineData("&*", "~*", "+@all", "-evalsha", "-eval")]
    public async Task A_user_that_may_not_do_what_is_needed(params string[] rights)
    {
        await redis.Server.CommandAsync(["ACL", "SETUSER", "weak", "reset", "on", ">secret", .. rights]);
        string fault = await FaultAsync(redis.Server.Endpoint, static options => (options.User, options.Password) = ("weak", "secret"));
        Assert.Contains("may not do what this server has to", fault, StringComparison.Ordinal);
        Assert.Contains($"~{Prefix}:*", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layout_that_is_newer_older_or_none()
    {
        string key = new RedisKeys(Prefix).Layout;
        foreach ((string stored, string fault) in new[] { ("2", "start a newer server"), ("0", "is not one of this system"), ("x", "is not one of this system") })
        {
            await redis.Server.CommandAsync("SET", key, stored);
            Assert.Contains(fault, await FaultAsync(redis.Server.Endpoint), StringComparison.Ordinal);
            Assert.Contains(stored, await redis.Server.CommandAsync("GET", key), StringComparison.Ordinal);
        }

        await redis.Server.CommandAsync("DEL", key);
        await redis.Server.CommandAsync("LPUSH", key, "1");
        Assert.Contains("is not one of this system", await FaultAsync(redis.Server.Endpoint), StringComparison.Ordinal);
        await redis.Server.CommandAsync("DEL", key);
        await ConnectAsync(redis.Server.Endpoint);
        Assert.Equal("$1\r\n1\r\n", await redis.Server.CommandAsync("GET", key));
        await ConnectAsync(redis.Server.Endpoint);
    }

    [Fact]
    public async Task A_cluster_given_as_a_single_server_and_the_reverse()
    {
        await using RedisServerProcess node = await RedisServerProcess.StartAsync("--cluster-enabled yes");
        Assert.Equal($"{node.Endpoint} is a node of a cluster, and was given as a single server: set the topology to Cluster.", await FaultAsync(node.Endpoint));
        Assert.Equal(
            $"{redis.Server.Endpoint} is no node of a cluster, and was given as one: set the topology to Single, or start it with 'cluster-enabled yes'.",
            await FaultAsync(redis.Server.Endpoint, static options => options.Topology = RedisTopology.Cluster));
        Assert.Contains("has no slots, or not all", await FaultAsync(node.Endpoint, static options => options.Topology = RedisTopology.Cluster), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_on_a_Unix_socket_is_used_by_its_path()
    {
        await using RedisServerProcess local = await RedisServerProcess.StartAsync("--unixsocket socket");
        RedisBroker broker = await ConnectAsync(Path.Combine(local.Directory, "socket"));
        await local.CommandAsync("CONFIG", "RESETSTAT");
        await PublishAsync(broker, "1");
        Assert.Equal(1, await local.CallsAsync("xadd"));
    }

    [Fact]
    public async Task A_replica()
    {
        await using RedisServerProcess replica = await RedisServerProcess.StartAsync($"--replicaof 127.0.0.1 {redis.Server.Port}");
        Assert.Equal($"{replica.Endpoint} is a replica, which takes no writes: set the address of its primary, or Sentinels.", await FaultAsync(replica.Endpoint));
    }

    [Theory]
    [InlineData("redis_version:6.2.14", "is Redis 6.2.14: it has to be 7.0 or newer.")]
    [InlineData("redis_version:none", "is Redis none: it has to be 7.0 or newer.")]
    [InlineData("redis_version:7.0.15\r\nredis_mode:sentinel", "is a Sentinel, not a Redis that stores")]
    public void What_INFO_tells_against_it(string told, string fault) =>
        Assert.Contains(fault, Assert.Throws<RedisStoreException>(() => StartChecks.CheckServer(new RedisBrokerOptions(), "redis:6379", $"# Server\r\n{told}\r\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Acknowledgement_by_disks_takes_a_newer_one()
    {
        var options = new RedisBrokerOptions { Acknowledgement = RedisAcknowledgement.ReplicatedOnDisk };
        Assert.Contains("7.2 or newer", Assert.Throws<RedisStoreException>(() => StartChecks.CheckServer(options, "redis:6379", "redis_version:7.0.15\r\n")).Message, StringComparison.Ordinal);
        StartChecks.CheckServer(options, "redis:6379", "redis_version:7.2.4\r\n");
    }

    public static TheoryData<string, RedisBrokerOptions> WrongSettings => new()
    {
        { "No Redis is named", new RedisBrokerOptions() },
        { "'a b' is not an address", new RedisBrokerOptions { Endpoints = ["a b"] } },
        { "'redis://x' is not an address", new RedisBrokerOptions { Endpoints = ["redis://x"] } },
        { "'x:0' is not an address", new RedisBrokerOptions { Endpoints = ["x:0"] } },
        { "'x:65536' is not an address", new RedisBrokerOptions { Endpoints = ["x:65536"] } },
        { "'::1:6379' is not an address", new RedisBrokerOptions { Endpoints = ["::1:6379"] } },
        { "'a{b' cannot be the prefix", new RedisBrokerOptions { Endpoints = ["x"], Prefix = "a{b" } },
        { "'' cannot be the prefix", new RedisBrokerOptions { Endpoints = ["x"], Prefix = "" } },
        { "the name of the service", new RedisBrokerOptions { Endpoints = ["x"], Topology = RedisTopology.Sentinel } },
        { "A cluster has the database 0", new RedisBrokerOptions { Endpoints = ["x"], Topology = RedisTopology.Cluster, Database = 1 } },
        { "Replicas is 0", new RedisBrokerOptions { Endpoints = ["x"], Replicas = 0 } },
        { "CallTimeout is", new RedisBrokerOptions { Endpoints = ["x"], CallTimeout = TimeSpan.FromSeconds(5) } },
    };

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public void Settings_that_are_wrong_whatever_Redis_says(string fault, RedisBrokerOptions options) =>
        Assert.Contains(fault, Assert.Throws<RedisStoreException>(() => RedisConfiguration.Check(options)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("redis")]
    [InlineData("redis.example.com:6380")]
    [InlineData("10.0.0.1")]
    [InlineData("[::1]:6379")]
    [InlineData("[::1]")]
    [InlineData("/run/redis.sock")]
    public void Addresses_that_are_right(string endpoint) => RedisConfiguration.Check(new RedisBrokerOptions { Endpoints = [endpoint] });

    [Fact]
    public async Task An_application_that_waits_for_Redis_is_not_ready_until_it_can_be_used()
    {
        int port = RedisServerProcess.FreePort();
        var options = new RedisBrokerOptions { Endpoints = [$"127.0.0.1:{port}"], WaitBroker = true };
        RedisBroker broker = End(new RedisBroker(options, new RoomPolicies([]), TimeProvider.System));
        using var start = new RedisBrokerStart(broker, options, TimeProvider.System, NullLogger<RedisBroker>.Instance);
        await start.StartingAsync(Cancel);
        Assert.False(broker.IsReady);
        await Assert.ThrowsAsync<Brokers.BrokerUnavailableException>(() => PublishAsync(broker, "1"));

        await using RedisServerProcess late = await RedisServerProcess.StartAsync(port: port);
        while (!broker.IsReady)
        {
            await Task.Delay(20, Cancel);
        }

        await PublishAsync(broker, "1");
        await start.StoppingAsync(Cancel);
    }

    [Fact]
    public async Task An_application_that_waits_can_be_stopped_meanwhile()
    {
        var options = new RedisBrokerOptions { Endpoints = [$"127.0.0.1:{RedisServerProcess.FreePort()}"], WaitBroker = true };
        RedisBroker broker = End(new RedisBroker(options, new RoomPolicies([]), TimeProvider.System));
        using var start = new RedisBrokerStart(broker, options, TimeProvider.System, NullLogger<RedisBroker>.Instance);
        await start.StartingAsync(Cancel);
        await start.StoppingAsync(Cancel);
    }

    [Fact]
    public async Task One_that_cannot_be_used_ends_the_start_of_the_application()
    {
        var options = new RedisBrokerOptions { Endpoints = [$"127.0.0.1:{RedisServerProcess.FreePort()}"] };
        RedisBroker broker = End(new RedisBroker(options, new RoomPolicies([]), TimeProvider.System));
        using var start = new RedisBrokerStart(broker, options, TimeProvider.System, NullLogger<RedisBroker>.Instance);
        await Assert.ThrowsAsync<RedisStoreException>(() => start.StartingAsync(Cancel));
    }

    private async Task<string> FaultAsync(string endpoint, Action<RedisBrokerOptions>? change = null) =>
        (await Assert.ThrowsAsync<RedisStoreException>(() => ConnectAsync(endpoint, change))).Message;
}
