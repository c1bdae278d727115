using Godwit.Brokers;
using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Sqlite.Tests;

/// <summary>A directory of its own, and the broker that holds it.</summary>
internal sealed class SqliteStore(RoomPolicies policies, FakeTimeProvider time) : IBrokerStore
{
    private readonly TestDirectory _directory = new();
    private SqliteBroker? _broker;

    public static ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ValueTask.FromResult<IBrokerStore>(new SqliteStore(policies, time));

    public async ValueTask<IBroker> ConnectAsync()
    {
        Assert.True(_broker is null, "No two servers share a directory.");

        // What is synced is not asked here.
        _broker = new SqliteBroker(new SqliteBrokerOptions { Directory = _directory.Path, Sync = DataSync.Normal, DiskTime = new FakeTimeProvider() }, policies, time);
        await _broker.OpenAsync(CancellationToken.None);
        return _broker;
    }

    public async ValueTask AdvanceAsync(TimeSpan span)
    {
        time.Advance(span);
        await _broker!.CatchUpAsync();
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
