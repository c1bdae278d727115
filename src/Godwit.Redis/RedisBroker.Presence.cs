using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Presence;

namespace Godwit.Redis;

/// <summary>Who the members of rooms are.</summary>
public sealed partial class RedisBroker
{
    // A page that a client asks for has a hundred members.
    private const int PageOctets = 8 << 20;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentNullException.ThrowIfNull(renewals);
        return Redis.Shared.Leases.RenewAsync(holder, renewals, cancel);
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        return Redis.Shared.Leases.ReleaseAsync(holder, room, session, grace, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        LeasePage page = await Redis.Shared.Leases.PageAsync(room, after, limit, PageOctets, cancel).ConfigureAwait(false);
        return new MemberPage(page.Count, page.Members, page.IsMore);
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        return Redis.Shared.MemberWatches.AddAsync(room, watcher, cancel);
    }
}
