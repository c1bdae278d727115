using CsCheck;
using Godwit.Feeds.Pump;

namespace Godwit.Tests.Feeds;

public sealed class TimerWheelProperties
{
    private static readonly Gen<(int Kind, int Who, int Span)[]> Steps =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 20], Gen.OneOf(Gen.Int[0, 500], Gen.Int[0, 300_000])).Array[0, 100];

    [Fact]
    public void Nothing_is_early_nothing_more_than_a_tick_late_and_nothing_forgotten() => Steps.Sample(static steps =>
    {
        var wheel = new TimerWheel();
        long now = 0;
        Alarm[] alarms = [.. Enumerable.Range(0, 21).Select(_ => new Alarm(() => now))];
        foreach ((int kind, int who, int span) in steps)
        {
            switch (kind)
            {
                case 0 or 1:
                    alarms[who].Due = now + span;
                    wheel.Schedule(alarms[who], now + span);
                    break;
                case 2:
                    alarms[who].Due = null;
                    wheel.Unschedule(alarms[who]);
                    break;
                case 3:
                    // It schedules itself again when it is due, and takes another's deadline away.
                    Alarm other = alarms[(who + 1) % alarms.Length];
                    alarms[who].Then = alarm =>
                    {
                        alarm.Due = now + span;
                        wheel.Schedule(alarm, now + span);
                        other.Due = null;
                        wheel.Unschedule(other);
                    };
                    break;
                default:
                    // As a shard does: never later than the wheel asked for.
                    for (long end = now + span; now < end;)
                    {
                        long next = wheel.NextDue(now) is { } delay ? Math.Min(end, now + delay) : end;
                        Assert.True(next > now);
                        now = next;
                        wheel.Advance(now);
                        Assert.All(alarms, alarm => Assert.True(alarm.Due is null || now < alarm.Due + TimerWheel.TickLength));
                    }

                    break;
            }

            Assert.Equal(alarms.Count(static alarm => alarm.Due is not null), wheel.Count);
            Assert.Equal(wheel.Count == 0, wheel.NextDue(now) is null);
        }
    });

    [Fact]
    public void A_wheel_that_was_not_looked_at_for_long_calls_everything_that_is_due()
    {
        long now = 0;
        var wheel = new TimerWheel();
        Alarm[] alarms = [.. Enumerable.Range(0, 500).Select(_ => new Alarm(() => now))];
        for (int i = 0; i < alarms.Length; i++)
        {
            alarms[i].Due = i * 997;
            wheel.Schedule(alarms[i], i * 997);
        }

        now = 250_000;
        wheel.Advance(now);
        for (int i = 0; i < alarms.Length; i++)
        {
            Assert.Equal(i * 997 < now - TimerWheel.TickLength, alarms[i].Due is null);
        }
    }

    private sealed class Alarm(Func<long> clock) : ShardWork
    {
        public long? Due { get; set; }

        public Action<Alarm>? Then { get; set; }

        internal override void OnDue()
        {
            Assert.NotNull(Due);
            Assert.True(Due <= clock(), "It is early.");
            Due = null;
            Action<Alarm>? then = Then;
            Then = null;
            then?.Invoke(this);
        }

        protected override void Process()
        {
        }
    }
}
