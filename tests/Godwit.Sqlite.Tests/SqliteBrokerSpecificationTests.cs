using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Sqlite.Tests;

// What every broker keeps, kept by the SQLite broker.

public sealed class SqliteAppendTests : AppendSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteVerdictTests : VerdictSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteReadTests : ReadSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteKeyTests : KeySpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteRetentionTests : RetentionSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteWatchTests : WatchSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteModelTests : ModelSpecification
{
    // Each has a file of its own.
    protected override int Interleavings => 150;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteTicketTests : TicketSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteKeyRingTests : KeyRingSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteAdministrationTests : AdministrationSpecification
{
    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqliteOrderTests : OrderSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}

public sealed class SqlitePresenceTests : PresenceSpecification
{
    protected override bool TakesManyServers => false;

    protected override ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => SqliteStore.CreateAsync(policies, time);
}
