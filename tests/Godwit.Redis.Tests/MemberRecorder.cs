using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis.Tests;

/// <summary>Knows who the members of a room are, by what it was told.</summary>
internal sealed class MemberRecorder : IMemberWatcher, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<UInt128, Member> _members = [];
    private readonly List<string> _told = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IAsyncDisposable? _watch;

    /// <summary>What it was told: <c>= 1 2</c> for a list, <c>+1</c> and <c>-1</c>.</summary>
    public string[] Told
    {
        get
        {
            lock (_lock)
            {
                return [.. _told];
            }
        }
    }

    public static async Task<MemberRecorder> BeginAsync(IBroker broker, RoomName room)
    {
        var recorder = new MemberRecorder();
        recorder._watch = await broker.WatchMembersAsync(room, recorder, TestContext.Current.CancellationToken);
        return recorder;
    }

    public void OnMembers(IReadOnlyList<Member> members) => Change($"= {string.Join(' ', members.Select(static member => member.Session).Order())}", () =>
    {
        _members.Clear();
        foreach (Member member in members)
        {
            _members.Add(member.Session, member);
        }
    });

    public void OnMember(Member member) => Change($"+{member.Session}", () => _members[member.Session] = member);

    public void OnLeft(UInt128 session) => Change($"-{session}", () => Assert.True(_members.Remove(session), "Who was no member has left."));

    /// <summary>Completes when the members are these: sessions, or sessions and what they say.</summary>
    public async Task BecomesAsync(params string[] members)
    {
        while (true)
        {
            Task changed;
            string[] there;
            lock (_lock)
            {
                if (_changed.Task.IsCompleted)
                {
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                changed = _changed.Task;
                there = [.. _members.Values.Select(static member => $"{member.Session} {Encoding.UTF8.GetString(member.State.Span)}".TrimEnd())];
            }

            if (members.SequenceEqual(there))
            {
                return;
            }

            try
            {
                await changed.WaitAsync(RedisTest.Patience, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                Assert.Equal(members, there);
            }
        }
    }

    public ValueTask DisposeAsync() => _watch!.DisposeAsync();

    private void Change(string told, Action change)
    {
        lock (_lock)
        {
            _told.Add(told);
            change();
            _changed.TrySetResult();
        }
    }
}
