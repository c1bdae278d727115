using System.Net;
using System.Text;
using Godwit.Protocol;
using Godwit.Redis;
using Godwit.Redis.Servers;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Servers;

/// <summary>What befalls Redis under two servers, with real servers, Sentinels and a cluster: nothing that is still there is lost, and what is lost is told to whom it contradicts.</summary>
public sealed class RedisFaultTests
{
    private static readonly string[] Rooms = [.. Enumerable.Range(0, 4).Select(static i => $"fault:{i}")];
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pubsub")]
    [InlineData("normal")]
    public async Task Connections_that_Redis_cuts_cost_nothing(string kind)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using RunningServer server = await ServeAsync(redis.Address);
        await using SteadyLoad load = await LoadAsync(server);

        for (int i = 0; i < 5; i++)
        {
            redis.Do("CLIENT", "KILL", "TYPE", kind);
            await load.MoreAsync(acknowledged: 20);
        }

        await load.FinishAsync();
    }

    [Fact]
    public async Task A_Redis_that_answers_nothing_for_a_while_costs_time_alone()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using RunningServer server = await ServeAsync(redis.Address);
        await using SteadyLoad load = await LoadAsync(server);

        using (RedisLink link = RedisLink.To(redis.Host, redis.Port))
        {
            link.Do("DEBUG", "SLEEP", "6");
        }

        await load.MoreAsync(acknowledged: 50);
        await load.FinishAsync();
    }

    [Fact]
    public async Task A_Redis_that_is_killed_and_comes_back_with_its_append_only_file_costs_time_alone()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RunningServer server = await ServeAsync(redis.Address);
        await using SteadyLoad load = await LoadAsync(server);

        for (int i = 0; i < 2; i++)
        {
            await redis.KillAsync();
            await redis.StartAgainAsync();
            await load.MoreAsync(acknowledged: 30);
        }

        await load.FinishAsync();
    }

    [Fact]
    public async Task A_primary_that_is_killed_gives_way_to_its_replica_and_what_both_had_acknowledged_is_there()
    {
        await using RedisSentinels redis = await RedisSentinels.StartAsync(replicas: 2, sentinels: 3);
        await using RunningServer server = await ServeAsync(Addresses(redis.Sentinels), Sentinel);
        await using SteadyLoad load = await LoadAsync(server);

        RedisServer before = redis.Primary!;
        await before.KillAsync();
        await redis.PromotedAsync(before);

        await load.MoreAsync(acknowledged: 50);
        await load.FinishAsync();

        static void Sentinel(RedisBrokerOptions options)
        {
            ByService(options);
            options.Acknowledgement = RedisAcknowledgement.Replicated;
        }
    }

    [Fact]
    public async Task A_replica_that_lags_is_promoted_and_exactly_those_who_saw_what_it_lacks_are_reset()
    {
        await using RedisSentinels redis = await RedisSentinels.StartAsync();
        await using RunningServer server = await ServeAsync(Addresses(redis.Sentinels), ByService);
        ProbeTarget room = At(server, "lag:1"), other = At(server.Twin, "lag:1");
        await Reading.FillAsync(room, 5);
        await using ReaderProbe saw = Via.WebSocket.Open(room, ProbeStart.Oldest), sawToo = Via.ServerSentEvents.Open(other, ProbeStart.Oldest);
        await saw.JoinAsync();
        await sawToo.JoinAsync();
        await saw.EntriesAsync(1, 5);
        await sawToo.EntriesAsync(1, 5);
        ProbeStart atFive = saw.Resume;
        await redis.InStepAsync();

        // From here on the replica hears nothing, as behind a link that is slow. Sentinel would mend that after some seconds.
        RedisServer primary = redis.Primary!, replica = redis.Servers[1];
        replica.Do("REPLICAOF", "127.0.0.1", "1");
        string lost = (await Reading.FillAsync(room, 2, 6))[^1];
        await saw.EntriesAsync(6, 7);
        await sawToo.EntriesAsync(6, 7);
        await primary.KillAsync();
        await redis.PromotedAsync(primary);

        // Nobody publishes: they are told by the comparison alone.
        await saw.UntilAsync(ProbeFrameKind.Reset);
        await sawToo.UntilAsync(ProbeFrameKind.Reset);
        await using ReaderProbe late = Via.ShortPoll.Open(other, ProbeStart.After(lost));
        Assert.Equal(Verdict.Reset, (await late.NextAsync(ProbeFrameKind.Joined)).Verdict);

        // Whoever stood at the surviving end goes on.
        await using ReaderProbe unharmed = Via.ShortPoll.Open(other, atFive);
        await unharmed.JoinAsync();
        await Reading.FillAsync(room, 2, 6);
        await unharmed.EntriesAsync(6, 7);
        await using ReaderProbe again = Via.LongPoll.Open(room, ProbeStart.After(lost));
        Assert.Equal(Verdict.Reset, (await again.NextAsync(ProbeFrameKind.Joined)).Verdict);
    }

    [Fact]
    public async Task A_dataset_that_is_deleted_is_told_as_a_reset_and_rooms_begin_anew()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using RunningServer server = await ServeAsync(redis.Address);
        ProbeTarget room = At(server, "flush:1"), other = At(server.Twin, "flush:1");
        List<string> positions = await Reading.FillAsync(room, 3);
        await using ReaderProbe reader = Via.WebSocket.Open(other, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.EntriesAsync(1, 3);

        redis.Do("FLUSHALL");

        await reader.UntilAsync(ProbeFrameKind.Reset);
        await using ReaderProbe late = Via.ShortPoll.Open(room, ProbeStart.After(positions[1]));
        Assert.Equal(Verdict.Reset, (await late.NextAsync(ProbeFrameKind.Joined)).Verdict);
        await Reading.FillAsync(room, 2);
        await reader.EntriesAsync(1, 2);
    }

    [Fact]
    public async Task A_Redis_that_is_full_refuses_publishers_with_a_clear_text_and_readers_go_on()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using RunningServer server = await ServeAsync(redis.Address);
        ProbeTarget room = At(server, "full:1"), other = At(server.Twin, "full:1");
        await Reading.FillAsync(room, 3);
        await using ReaderProbe reader = Via.WebSocket.Open(other, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.EntriesAsync(1, 3);

        redis.Do("CONFIG", "SET", "maxmemory", "1mb");
        await using (var publisher = new HttpPublisher(room))
        {
            PublishOutcome refused = await publisher.PublishAsync("4", Cancel);
            Assert.Equal((503, "store.full"), (refused.Status, refused.Code));
        }

        await using ReaderProbe late = Via.ShortPoll.Open(other, ProbeStart.Oldest);
        await late.JoinAsync();
        await late.EntriesAsync(1, 3);
        redis.Do("CONFIG", "SET", "maxmemory", "0");
        await Reading.FillAsync(room, 1, 4);
        await reader.EntriesAsync(4, 4);
    }

    [Fact]
    public async Task A_network_that_swallows_everything_is_noticed_by_silence_and_costs_time_alone()
    {
        using NetworkNamespace network = NetworkNamespace.Create();
        await using RedisServer redis = await RedisServer.StartAsync([], network.Inside, network.Within);
        await using RunningServer server = await ServeAsync(redis.Address);
        await using SteadyLoad load = await LoadAsync(server);
        await using ReaderProbe reader = Via.WebSocket.Open(At(server, Rooms[0]), ProbeStart.Now);
        await reader.JoinAsync();

        network.Cut();
        await reader.UntilAsync(ProbeFrameKind.Degraded);
        using var http = new HttpClient();
        using var body = new StringContent("1", Encoding.UTF8, "application/json");
        HttpResponseMessage refused = await http.PostAsync(new Uri(server.Root, "rt/rooms/cut"), body, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("store.away", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        network.Mend();
        await reader.UntilAsync(ProbeFrameKind.Restored);

        await load.MoreAsync(acknowledged: 50);
        await load.FinishAsync();
    }

    [Fact]
    public async Task Slots_that_move_to_another_node_while_their_rooms_are_used_cost_nothing()
    {
        await using RedisCluster redis = await RedisCluster.StartAsync();
        string prefix = $"test-{Guid.NewGuid():N}";
        await using RunningServer server = await ServeAsync(redis.Nodes[0].Address, options => (options.Topology, options.Prefix) = (RedisTopology.Cluster, prefix));
        await using SteadyLoad load = await LoadAsync(server);

        foreach (string room in Rooms)
        {
            int slot = redis.SlotOf($"{prefix}:{{{room}}}:log");
            RedisServer to = redis.Nodes.First(node => node != redis.OwnerOf(slot));

            // While its keys are on their way Redis refuses scripts that name a key which is not there yet, as that of a new idempotency key.
            await redis.MoveAsync(slot, to, () => load.TriedAsync(times: 20));
            Assert.Equal(to, redis.OwnerOf(slot));
            await load.MoreAsync(acknowledged: 20);
        }

        await load.FinishAsync();
    }

    [Fact]
    public async Task A_node_of_a_cluster_that_is_away_takes_its_rooms_with_it_and_no_others()
    {
        await using RedisCluster redis = await RedisCluster.StartAsync(3, "--cluster-require-full-coverage", "no", "--appendonly", "yes", "--appendfsync", "always");
        string prefix = $"test-{Guid.NewGuid():N}";
        await using RunningServer server = await ServeAsync(redis.Nodes[0].Address, options => (options.Topology, options.Prefix) = (RedisTopology.Cluster, prefix));
        string[] rooms = [.. redis.Nodes.Select(node => Enumerable.Range(0, 200).Select(static i => $"node:{i}").First(room => redis.OwnerOf(redis.SlotOf($"{prefix}:{{{room}}}:log")) == node))];
        var readers = new List<ReaderProbe>();
        try
        {
            foreach (string room in rooms)
            {
                readers.Add(Via.WebSocket.Open(At(server.Twin, room), ProbeStart.Now));
                await readers[^1].JoinAsync();
            }

            await redis.Nodes[2].KillAsync();
            await readers[2].UntilAsync(ProbeFrameKind.Degraded);
            await Reading.FillAsync(At(server, rooms[0]), 3);
            await Reading.FillAsync(At(server, rooms[1]), 3);
            await readers[0].EntriesAsync(1, 3);
            await readers[1].EntriesAsync(1, 3);
            await redis.Nodes[2].StartAgainAsync();
            await readers[2].UntilAsync(ProbeFrameKind.Restored);
            await Reading.FillAsync(At(server, rooms[2]), 3);
            await readers[2].EntriesAsync(1, 3);
        }
        finally
        {
            foreach (ReaderProbe reader in readers)
            {
                await reader.DisposeAsync();
            }
        }
    }

    private static string Addresses(IEnumerable<RedisServer> servers) => string.Join(',', servers.Select(static server => server.Address));

    private static void ByService(RedisBrokerOptions options)
    {
        options.Topology = RedisTopology.Sentinel;
        options.Service = RedisSentinels.Service;
    }

    private static Task<RunningServer> ServeAsync(string redis, Action<RedisBrokerOptions>? options = null) =>
        RunningServer.StartAsync(redis: redis, redisOptions: redis =>
        {
            // As they are by default: what is late is to count here.
            (redis.CallTimeout, redis.Tolerance) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2));
            options?.Invoke(redis);
        }, withTwin: true);

    private static ProbeTarget At(RunningServer server, string room) => new() { Mount = server.Mount, Room = room };

    private static async Task<SteadyLoad> LoadAsync(RunningServer server)
    {
        var load = new SteadyLoad(Rooms, server.Mount, server.Twin.Mount);
        try
        {
            await load.ReadAsync(times: 2, PollEvery);
            await load.PublishAsync(acknowledged: 40);
            return load;
        }
        catch
        {
            await load.DisposeAsync();
            throw;
        }
    }
}
