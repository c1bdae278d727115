using Godwit.Protocol;

namespace Godwit.Brokers.Memory;

/// <summary>Who the members of rooms are.</summary>
public sealed partial class MemoryBroker
{
    /// <summary>The number of leases that are kept.</summary>
    internal int LeaseCount => _leases.Count;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentNullException.ThrowIfNull(renewals);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<IReadOnlyList<LeaseOutcome>>(cancel) : ValueTask.FromResult(_leases.Renew(holder, renewals));
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancel);
        }

        _leases.Release(holder, room, session, grace);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<MemberPage>(cancel) : ValueTask.FromResult(_leases.Page(room, after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<IAsyncDisposable>(cancel) : ValueTask.FromResult(_leases.Watch(room, watcher));
    }
}
