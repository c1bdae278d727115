using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Server.Tests.Http;

/// <summary>Records what is appended and answers what the test says.</summary>
internal sealed class RecordingBroker : IBroker
{
    public static readonly Position Position = new(new Epoch(0x0123456789ABCDEF), 42, 7);

    public ConcurrentQueue<(RoomName Room, EntryContent Content, PublishKey? Key, bool CanBeCancelled)> Appends { get; } = new();

    public Func<Task<Appended>> Answer { get; set; } = () => Task.FromResult(new Appended(AppendOutcome.Stored, Position));

    public async ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel)
    {
        Appends.Enqueue((room, content, key, cancel.CanBeCanceled));
        return await Answer();
    }

    public ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel) => ValueTask.FromResult(true);

    public ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel) => ValueTask.FromResult<IAsyncDisposable>(new MemoryStream());

    public ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
