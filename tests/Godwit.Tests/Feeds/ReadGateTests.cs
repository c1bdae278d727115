using CsCheck;
using Godwit.Feeds;

namespace Godwit.Tests.Feeds;

public sealed class ReadGateTests
{
    [Fact]
    public void Those_who_resume_go_first_and_the_bound_is_kept() => Gen.Int[0, 2].Array[0, 60].Sample(static steps =>
    {
        const int Limit = 3;
        var gate = new ReadGate(Limit);
        var waiting = new List<(bool Resumes, Task Turn)>();
        int inside = 0;
        foreach (int step in steps)
        {
            if (step < 2)
            {
                Task turn = gate.EnterAsync(resumes: step == 0).AsTask();
                Assert.Equal(inside < Limit, turn.IsCompleted);
                if (inside < Limit)
                {
                    inside++;
                }
                else
                {
                    waiting.Add((step == 0, turn));
                }
            }
            else if (inside > 0)
            {
                gate.Leave();
                int next = Math.Max(waiting.FindIndex(static one => one.Resumes), Math.Min(waiting.Count, 1) - 1);
                if (next < 0)
                {
                    inside--;
                    continue;
                }

                Assert.True(waiting[next].Turn.IsCompletedSuccessfully);
                waiting.RemoveAt(next);
                Assert.DoesNotContain(waiting, static one => one.Turn.IsCompleted);
            }
        }
    });

    [Fact]
    public void A_poll_is_advised_by_the_rate_and_never_below_half_a_second_or_above_half_a_minute()
    {
        var rate = new EntryRate(0);
        long now = 0;
        for (int i = 0; i < 100; i++)
        {
            rate.OnEntry(now += 2000);
        }

        Assert.Equal(2, rate.PollAfter(now).TotalSeconds, 0.01);
        Assert.Equal(10, rate.PollAfter(now + 20_000).TotalSeconds, 0.01);
        Assert.Equal(30, rate.PollAfter(now + 1_000_000).TotalSeconds);
        for (int i = 0; i < 100; i++)
        {
            rate.OnEntry(now += 1);
        }

        Assert.Equal(0.5, rate.PollAfter(now).TotalSeconds);
    }
}
