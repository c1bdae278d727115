using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Sqlite;

/// <summary>Who the members of rooms are.</summary>
public sealed partial class SqliteBroker
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentNullException.ThrowIfNull(renewals);
        OpenStore store = Store;
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<IReadOnlyList<LeaseOutcome>>(cancel) : ValueTask.FromResult(store.Leases.Renew(holder, renewals));
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        OpenStore store = Store;
        if (cancel.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancel);
        }

        store.Leases.Release(holder, room, session, grace);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        OpenStore store = Store;
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<MemberPage>(cancel) : ValueTask.FromResult(store.Leases.Page(room, after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        OpenStore store = Store;
        return cancel.IsCancellationRequested ? ValueTask.FromCanceled<IAsyncDisposable>(cancel) : ValueTask.FromResult(store.Leases.Watch(room, watcher));
    }
}
