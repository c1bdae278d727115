using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Brokers.Specification;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Brokers;

/// <summary>The store of a memory broker is the broker.</summary>
internal sealed class MemoryStore(RoomPolicies policies, FakeTimeProvider time) : IBrokerStore
{
    private bool _connected;

    public static ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time) => ValueTask.FromResult<IBrokerStore>(new MemoryStore(policies, time));

    public ValueTask<IBroker> ConnectAsync()
    {
        Assert.False(_connected, "No two servers share a memory broker.");
        _connected = true;
        return ValueTask.FromResult<IBroker>(new MemoryBroker(policies, time, logMemory: 1L << 30));
    }

    public ValueTask AdvanceAsync(TimeSpan span)
    {
        time.Advance(span);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
