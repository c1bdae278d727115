using Godwit.Redis.Servers;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Servers;

/// <summary>Two servers on one Redis, of which one is killed, or deployed anew, while clients read over every transport.</summary>
public sealed class KilledServerTests
{
    private static readonly string[] Rooms = [.. Enumerable.Range(0, 10).Select(static i => $"killed:{i}")];

    [Fact]
    public async Task A_thousand_readers_of_which_half_lose_their_server_have_everything_once_and_in_order()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using GodwitProcess dies = await ServerProcesses.ServeAsync(redis.Address);
        await using GodwitProcess stays = await ServerProcesses.ServeAsync(redis.Address);
        await using var load = new SteadyLoad(Rooms, dies.Mount(), stays.Mount());
        await load.ReadAsync(1000 / (2 * ProbeTransports.All.Count) + 1, TimeSpan.FromMilliseconds(800));
        Assert.True(load.Readers.Count >= 1000);
        await load.PublishAsync(acknowledged: 100);

        dies.Signal(UnixSignal.Kill);
        await dies.EndAsync();
        load.Move(0, stays.Mount());

        await load.MoreAsync(acknowledged: 100);
        await load.FinishAsync();

        // Those of the server that died are at the other one; those of the other one noticed nothing.
        Assert.All(load.Readers.Where(static (_, i) => i % 2 == 0), static reader => Assert.True(reader.Connections > 1));
        Assert.All(load.Readers.Where(static (_, i) => i % 2 == 1), static reader => Assert.Equal(0, reader.Losses));
    }

    [Fact]
    public async Task A_server_that_is_deployed_anew_sends_its_readers_to_the_other_and_nothing_is_lost()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using GodwitProcess leaves = await ServerProcesses.ServeAsync(redis.Address);
        await using GodwitProcess stays = await ServerProcesses.ServeAsync(redis.Address);
        await using var load = new SteadyLoad(Rooms[..2], leaves.Mount(), stays.Mount());
        await load.ReadAsync(times: 2, TimeSpan.FromMilliseconds(100));
        await load.PublishAsync(acknowledged: 50);

        load.Move(0, stays.Mount());
        leaves.Signal(UnixSignal.Terminate);
        Assert.Equal(0, await leaves.EndAsync());

        await load.MoreAsync(acknowledged: 50);
        await load.FinishAsync();
    }
}
