using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.WebRtc.Tests.Udp;

public sealed class DeadlinesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Deadlines _deadlines;

    public DeadlinesTests() => _deadlines = new Deadlines(_time);

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public void What_is_due_is_asked_at_its_time_and_again_when_it_says()
    {
        var due = new Due { Next = 100 };
        _deadlines.Schedule(due, 50);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Empty(due.Asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([50], due.Asked);
        due.Next = Deadlines.Never;
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal([50, 100], due.Asked);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([50, 100], due.Asked);
        Assert.Equal(0, _deadlines.Count);
    }

    [Fact]
    public void A_deadline_that_comes_nearer_is_asked_earlier_and_once()
    {
        var due = new Due();
        _deadlines.Schedule(due, 500);
        _deadlines.Schedule(due, 20);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal([20], due.Asked);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([20], due.Asked);
    }

    [Fact]
    public void What_is_due_in_the_past_is_asked_once_in_a_millisecond_and_not_for_ever()
    {
        var due = new Due { Next = 0 };
        _deadlines.Schedule(due, 5);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Single(due.Asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, due.Asked.Count);
    }

    [Fact]
    public void A_deadline_that_is_moved_with_every_packet_takes_one_place()
    {
        var due = new Due();
        for (int i = 0; i < 1_000; i++)
        {
            _deadlines.Schedule(due, 30_000 + i);
        }

        Assert.Equal(1, _deadlines.Count);
    }

    [Fact]
    public void Places_that_count_no_more_are_cleared_and_what_is_due_stays_due()
    {
        Due[] many = [.. Enumerable.Range(0, 100).Select(static _ => new Due())];
        for (int at = 60_000; at > 1_000; at -= 100)
        {
            foreach (Due due in many)
            {
                _deadlines.Schedule(due, at);
            }

            Assert.InRange(_deadlines.Count, many.Length, (4 * many.Length) + 1);
        }

        _time.Advance(TimeSpan.FromMilliseconds(1_099));
        Assert.All(many, static due => Assert.Empty(due.Asked));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.All(many, static due => Assert.Equal([1_100], due.Asked));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.All(many, static due => Assert.Equal([1_100], due.Asked));
        Assert.Equal(0, _deadlines.Count);
    }

    [Fact]
    public void One_that_fails_is_told_so_and_the_others_are_asked_as_before()
    {
        var bad = new Due { Fails = true };
        var good = new Due();
        _deadlines.Schedule(bad, 10);
        _deadlines.Schedule(good, 20);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, bad.Failures);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal([20], good.Asked);
    }

    private sealed class Due : IDue
    {
        public bool Fails { get; init; }

        public int Failures { get; private set; }


        public List<long> Asked { get; } = [];

        public long Next { get; set; } = Deadlines.Never;

        public long ScheduledAt { get; set; } = Deadlines.Never;

        public long OnDue(long now)
        {
            Asked.Add(now);
            return Fails ? throw new InvalidOperationException() : Next;
        }

        public void OnFailure(Exception failure) => Failures++;
    }
}
