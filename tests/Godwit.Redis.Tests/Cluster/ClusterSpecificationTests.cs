using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests.Cluster;

// What every broker keeps, kept by the Redis broker on a cluster.

public sealed class ClusterAppendTests(ClusterClock clock) : AppendSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterVerdictTests(ClusterClock clock) : VerdictSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterReadTests(ClusterClock clock) : ReadSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterKeyTests(ClusterClock clock) : KeySpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterRetentionTests(ClusterClock clock) : RetentionSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterWatchTests(ClusterClock clock) : WatchSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterModelTests(ClusterClock clock) : ModelSpecification, IClassFixture<ClusterClock>
{
    // Each connects anew.
    protected override int Interleavings => 40;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterAdministrationTests(ClusterClock clock) : AdministrationSpecification, IClassFixture<ClusterClock>
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterTicketTests(ClusterClock clock) : TicketSpecification, IClassFixture<ClusterClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterKeyRingTests(ClusterClock clock) : KeyRingSpecification, IClassFixture<ClusterClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterOrderTests(ClusterClock clock) : OrderSpecification, IClassFixture<ClusterClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}

public sealed class ClusterPresenceTests(ClusterClock clock) : PresenceSpecification, IClassFixture<ClusterClock>
{
    protected override bool TakesManyServers => true;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ClusterStore.CreateAsync(clock, policies, time);
}
