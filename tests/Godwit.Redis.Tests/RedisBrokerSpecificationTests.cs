using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests;

// What every broker keeps, kept by the Redis broker: the logs.

public sealed class RedisAppendTests(RedisClock clock) : AppendSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisVerdictTests(RedisClock clock) : VerdictSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisReadTests(RedisClock clock) : ReadSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisKeyTests(RedisClock clock) : KeySpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisRetentionTests(RedisClock clock) : RetentionSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisWatchTests(RedisClock clock) : WatchSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisModelTests(RedisClocks clocks) : ModelSpecification, IClassFixture<RedisClocks>
{
    // Each connects anew.
    protected override int Interleavings => 150;

    // Several run at once.
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clocks, policies, time);
}

public sealed class RedisAdministrationTests(RedisClock clock) : AdministrationSpecification, IClassFixture<RedisClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}
