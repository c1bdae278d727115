using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests;

// What every broker keeps, kept by the Redis broker: what servers share beside the logs, with two servers.

public sealed class RedisTicketTests(RedisClock clock) : TicketSpecification, IClassFixture<RedisClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisKeyRingTests(RedisClock clock) : KeyRingSpecification, IClassFixture<RedisClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisOrderTests(RedisClock clock) : OrderSpecification, IClassFixture<RedisClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}

public sealed class RedisPresenceTests(RedisClock clock) : PresenceSpecification, IClassFixture<RedisClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => RedisStore.CreateAsync(clock, policies, time);
}
