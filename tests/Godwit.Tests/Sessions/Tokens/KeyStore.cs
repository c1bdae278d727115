using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Sessions.Tokens;

/// <summary>A store of keys that counts the questions, can go away, and can answer late.</summary>
internal sealed class KeyStore(TimeProvider time) : IBroker
{
    private readonly MemoryBroker _broker = new(new RoomPolicies([]), time, 1 << 20);

    /// <summary>The questions so far.</summary>
    public int Asked;

    /// <summary>Whether it is away.</summary>
    public bool IsAway { get; set; }

    /// <summary>What an answer waits for.</summary>
    public Task BeforeAnswer { get; set; } = Task.CompletedTask;

    public async ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        Interlocked.Increment(ref Asked);
        await BeforeAnswer;
        return IsAway ? throw new BrokerUnavailableException("away", TimeSpan.FromSeconds(1)) : await _broker.KeysAsync(purpose, period, cancel);
    }

    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}
