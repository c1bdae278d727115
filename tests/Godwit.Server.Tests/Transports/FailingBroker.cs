using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Server.Tests.Transports;

/// <summary>The memory broker, which throws what a test says.</summary>
internal sealed class FailingBroker : IBroker
{
    private readonly MemoryBroker _broker = new(new RoomPolicies([]), TimeProvider.System, 16 << 20);

    /// <summary>What reads, watches and appends throw; null for nothing.</summary>
    public volatile Exception? Failure;

    /// <summary>What watches wait for before they answer; null for nothing.</summary>
    public volatile TaskCompletionSource? Answer;

    /// <summary>Completes when a watch waits for that.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something was thrown.</summary>
    public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Exception Away { get; } = new BrokerUnavailableException("redis:6379", TimeSpan.FromMilliseconds(2500));

    public ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.AppendAsync(room, content, key, cancel);
    }

    public ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.ReadAsync(room, from, limits, cancel);
    }

    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.ExistsAsync(room, cancel);
    }

    public async ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel)
    {
        ThrowIfFailing();
        if (Answer is { } answer)
        {
            Asked.TrySetResult();
            await answer.Task.WaitAsync(cancel);
        }

        return await _broker.WatchAsync(room, watcher, cancel);
    }

    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.KeysAsync(purpose, period, cancel);
    }

    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.AddTicketAsync(id, content, life, cancel);
    }

    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel)
    {
        ThrowIfFailing();
        return _broker.TakeTicketAsync(id, cancel);
    }

    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.TrimAsync(room, before, cancel);

    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.EndAsync(room, cancel);

    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.ListAsync(after, limit, cancel);

    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.AddOrderAsync(key, content, life, cancel);

    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.WatchOrdersAsync(watcher, cancel);

    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.RenewAsync(holder, renewals, cancel);

    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.ReleaseAsync(holder, room, session, grace, cancel);

    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.MembersAsync(room, after, limit, cancel);

    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel) => Failure is { } failure ? throw failure : _broker.WatchMembersAsync(room, watcher, cancel);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private void ThrowIfFailing()
    {
        if (Failure is { } failure)
        {
            Failed.TrySetResult();
            throw failure;
        }
    }
}
