using Godwit.Brokers;

namespace Godwit.Redis.Tests;

/// <summary>Keys when the store or its clock is not what it was.</summary>
public sealed class KeyRingTests(RedisClock clock) : SharedRedis, IClassFixture<RedisClock>, IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Period = TimeSpan.FromHours(24);

    public async ValueTask InitializeAsync()
    {
        clock.Set(Begin);
        await clock.Server.CommandAsync("FLUSHALL");
    }

    [Fact]
    public async Task Servers_agree_on_a_new_ring_after_the_store_has_lost_the_old_one()
    {
        RedisBroker first = await ConnectAsync(clock.Server), second = await ConnectAsync(clock.Server);
        KeyRing before = await first.KeysAsync("session", Period, Cancel);
        await clock.Server.CommandAsync("FLUSHALL");
        KeyRing after = await first.KeysAsync("session", Period, Cancel);
        Assert.NotEqual(before.Newest.Id, after.Newest.Id);
        Assert.Equal(after.Newest.Id, (await second.KeysAsync("session", Period, Cancel)).Newest.Id);
    }

    [Fact]
    public async Task A_key_signs_for_no_longer_than_its_period_though_the_stores_clock_falls()
    {
        RedisBroker broker = await ConnectAsync(clock.Server);
        KeyRing before = await broker.KeysAsync("session", Period, Cancel);
        clock.Set(Begin - TimeSpan.FromDays(300));
        KeyRing after = await broker.KeysAsync("session", Period, Cancel);
        Assert.Equal((before.Newest.Id, Period), (after.Newest.Id, after.SignsFor));
        clock.Set(Begin - TimeSpan.FromDays(300) + Period);
        KeyRing next = await broker.KeysAsync("session", Period, Cancel);
        Assert.Equal([next.Newest.Id, before.Newest.Id], next.Keys.Select(static key => key.Id));
        Assert.NotEqual(before.Newest.Id, next.Newest.Id);
    }

    [Fact]
    public async Task A_ring_is_there_after_a_store_that_writes_to_the_disk_starts_again()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync("--appendonly yes --appendfsync always");
        RedisBroker broker = await ConnectAsync(redis);
        KeyRing before = await broker.KeysAsync("session", Period, Cancel);
        await redis.KillAsync();
        await redis.StartAgainAsync();
        await AnswersAsync(broker);
        Assert.Equal(before.Newest.Secret.ToArray(), (await broker.KeysAsync("session", Period, Cancel)).Newest.Secret.ToArray());
    }

    [Fact]
    public async Task A_ring_that_nobody_asks_for_any_more_goes()
    {
        RedisBroker broker = await ConnectAsync(clock.Server);
        await broker.KeysAsync("short", TimeSpan.FromMinutes(1), Cancel);
        await broker.KeysAsync("long", TimeSpan.FromDays(30), Cancel);
        Assert.Equal(["godwit:layout"], await LastingKeysAsync(clock.Server), StringComparer.Ordinal);
        clock.Set(Begin + TimeSpan.FromDays(31));
        Assert.DoesNotContain("short", await clock.Server.CommandAsync("KEYS", "*keys*"), StringComparison.Ordinal);
        Assert.Contains("long", await clock.Server.CommandAsync("KEYS", "*keys*"), StringComparison.Ordinal);
    }
}
