using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Presence;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Redis.Tests;

/// <summary>A list that is read by pages while it changes.</summary>
public sealed class WatchedMembersTests : IAsyncDisposable
{
    private readonly MemberSchedule _schedule = new(new FakeTimeProvider(), static _ => { });
    private readonly MemberRecorder _recorder = new();
    private readonly WatchedMembers _members;

    public WatchedMembersTests()
    {
        _members = new WatchedMembers(RoomName.Parse("room:1"), _schedule);
        _members.Add(_recorder);
    }

    [Fact]
    public async Task What_is_told_while_a_list_is_read_is_told_behind_it()
    {
        await ReadAsync(Notification(9, 10, "+9"), Notification(10, 11, "-1"), Notification(11, 12, "+3", "-4"), Notification(12, 13, "+6"));

        // 3 was read as it is since version 12, and 4 not any more.
        Assert.Equal(["= ", "= 1 2 3 5", "-1", "+3", "+6"], _recorder.Told);
        Assert.Equal((13, false), (_members.Version, _members.IsDoubtful));
        await _recorder.BecomesAsync("2", "3", "5", "6");
    }

    [Fact]
    public async Task A_list_of_which_something_was_lost_while_it_was_read_is_to_be_read_again()
    {
        await ReadAsync(Notification(10, 11, "-1"), Notification(12, 13, "+6"));
        Assert.True(_members.IsDoubtful);
        await ReadAsync();
        Assert.False(_members.IsDoubtful);
    }

    public ValueTask DisposeAsync() => _schedule.DisposeAsync();

    private Task ReadAsync(params byte[][] told) => _members.ReadAsync(after =>
    {
        if (after is null)
        {
            return Task.FromResult(new LeasePage(new LeaseState(10, null), 4, [Member(1), Member(2)], IsMore: true));
        }

        foreach (byte[] notification in told)
        {
            _members.OnMessage(notification);
        }

        return Task.FromResult(new LeasePage(new LeaseState(12, null), 3, [Member(3), Member(5)], IsMore: false));
    });

    private static Member Member(int session) => new((UInt128)session, null, default, 1);

    private static byte[] Notification(long before, long version, params string[] changes)
    {
        List<byte> text = [.. Encoding.UTF8.GetBytes($"{before} {version} -1\n")];
        foreach (string change in changes)
        {
            byte[] session = StoredMember.Write(UInt128.Parse(change[1..], null));
            text.AddRange(change[0] == '-' ? [(byte)'-', .. session] : [.. "+21:"u8, .. session, .. "1 1 -"u8]);
        }

        return [.. text];
    }
}
