using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

// What every broker keeps, kept by the memory broker.

public sealed class MemoryAppendTests : AppendSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryVerdictTests : VerdictSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryReadTests : ReadSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryKeyTests : KeySpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryRetentionTests : RetentionSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryWatchTests : WatchSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryModelTests : ModelSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryTicketTests : TicketSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryKeyRingTests : KeyRingSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryAdministrationTests : AdministrationSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryOrderTests : OrderSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}

public sealed class MemoryPresenceTests : PresenceSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => MemoryStore.CreateAsync(policies, time);
}
