using Godwit.Redis.Servers;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Instruments;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Servers;

/// <summary>What the program tells of its Redis.</summary>
public sealed class RedisMetricsTests
{
    [Fact]
    public async Task Calls_subscriptions_and_outages_are_counted()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using GodwitProcess server = await ServerProcesses.ServeAsync(redis.Address);
        Assert.Contains($"Messages are in Redis ({redis.Address})", server.Output, StringComparison.Ordinal);
        var room = new ProbeTarget { Mount = server.Mount(), Room = "metrics:1" };
        await using ReaderProbe reader = Via.WebSocket.Open(room, ProbeStart.Now);
        await reader.JoinAsync();

        // One script for each publish, and none more; unless a comparison, of which there is one each 15 s, falls among them.
        Scrape before, after;
        int published = 0;
        do
        {
            before = after = await Scrape.OfAsync(server.Addresses[0]);
            await Reading.FillAsync(room, 3, published + 1);
            await reader.EntriesAsync(published + 1, published += 3);
            await UntilAsync(server, scrape => (after = scrape)["godwit_entries_published_total", "outcome=\"stored\""] == published);
        }
        while (after["godwit_redis_call_duration_seconds_count"] - before["godwit_redis_call_duration_seconds_count"] != 3 && published < 30);

        Assert.Equal(3, after["godwit_redis_call_duration_seconds_count"] - before["godwit_redis_call_duration_seconds_count"]);
        Assert.True(after["godwit_redis_subscriptions"] >= 1);
        Assert.Equal((0, 0), (after["godwit_redis_away"], after["godwit_redis_holes_total"]));

        redis.Do("CLIENT", "KILL", "TYPE", "pubsub");
        await UntilAsync(server, static scrape => scrape["godwit_redis_resubscriptions_total"] >= 1 && scrape["godwit_redis_comparisons_total"] >= 1);
        redis.Freeze();
        await UntilAsync(server, static scrape => scrape["godwit_redis_away"] == 1 && scrape["godwit_rooms_degraded"] == 1);
        redis.Thaw();
        await UntilAsync(server, static scrape => scrape["godwit_redis_away"] == 0 && scrape["godwit_rooms_degraded"] == 0);
    }

    private static Task UntilAsync(GodwitProcess server, Func<Scrape, bool> isSo) =>
        ServerProcesses.UntilAsync(async () => isSo(await Scrape.OfAsync(server.Addresses[0])), "the metrics say so");
}
