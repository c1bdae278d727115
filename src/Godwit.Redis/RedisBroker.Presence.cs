using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis;

/// <summary>Who the members of rooms are.</summary>
public sealed partial class RedisBroker
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel) => throw new NotImplementedException();
}
