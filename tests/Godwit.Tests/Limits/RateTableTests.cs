using System.Net;
using CsCheck;
using Godwit.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Limits;

/// <summary>Buckets: how often something may happen, and what is held for that.</summary>
public sealed class RateTableTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void As_many_as_the_burst_go_at_once_and_then_as_many_as_the_rate()
    {
        var table = new RateTable<string>(new Rate(50, 200), _time);

        Assert.Equal(200, Taken(table, "alice", 300));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(50, Taken(table, "alice", 300));
        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(200, Taken(table, "alice", 300));
    }

    [Fact]
    public void Each_key_has_a_bucket_of_its_own()
    {
        var table = new RateTable<string>(new Rate(1, 1), _time);

        Assert.True(table.TryTake("alice", out _));
        Assert.True(table.TryTake("bob", out _));
        Assert.False(table.TryTake("alice", out _));
    }

    [Fact]
    public void Whoever_waits_as_long_as_it_is_told_is_not_refused_again()
    {
        var table = new RateTable<string>(new Rate(3, 5), _time);
        Taken(table, "alice", 5);
        for (int i = 0; i < 10; i++)
        {
            Assert.False(table.TryTake("alice", out TimeSpan wait));
            _time.Advance(wait - TimeSpan.FromTicks(10));
            Assert.False(table.TryTake("alice", out _));
            _time.Advance(TimeSpan.FromTicks(20));
            Assert.True(table.TryTake("alice", out _));
        }
    }

    [Fact]
    public void Whoever_is_refused_loses_nothing_by_asking()
    {
        var table = new RateTable<string>(new Rate(10, 1), _time);
        Taken(table, "alice", 1000);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(table.TryTake("alice", out _));
    }

    [Fact]
    public void Whoever_is_charged_for_what_was_done_waits_for_it_but_never_longer_than_it_may()
    {
        var table = new RateTable<string>(new Rate(10, 5), _time);
        table.Charge("alice", 15, TimeSpan.FromSeconds(5));
        Assert.True(table.TryTake("alice", 1, TimeSpan.FromSeconds(5), out TimeSpan wait));
        Assert.Equal(1.1, wait.TotalSeconds, 3);

        table.Charge("bob", 100_000, TimeSpan.FromSeconds(5));
        Assert.True(table.TryTake("bob", 1, TimeSpan.FromSeconds(5), out wait));
        Assert.Equal(5, wait.TotalSeconds, 3);
        Assert.False(table.TryTake("bob", 1, TimeSpan.FromSeconds(5), out _));

        // What is owed already is not remitted by a small charge.
        table.Charge("bob", 1, TimeSpan.FromSeconds(1));
        Assert.False(table.TryTake("bob", 1, TimeSpan.FromSeconds(5), out _));
    }

    [Fact]
    public void Over_any_times_no_more_go_than_a_token_bucket_has()
    {
        Gen.Select(Gen.Int[1, 500], Gen.Int[1, 50], Gen.Int[0, 400].Array[1, 200]).Sample((perSecond, burst, pauses) =>
        {
            var time = new FakeTimeProvider();
            var table = new RateTable<int>(new Rate(perSecond, burst), time);

            // The bucket itself, in ticks of its own fill: exact where the step is.
            long step = time.TimestampFrequency / perSecond;
            long tokens = burst * step;
            foreach (int pause in pauses)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause));
                tokens = Math.Min(burst * step, tokens + (pause * TimeSpan.TicksPerMillisecond));
                bool has = tokens >= step;
                Assert.Equal(has, table.TryTake(7, out _));
                tokens -= has ? step : 0;
            }
        });
    }

    [Fact]
    public void A_flood_of_a_million_addresses_holds_no_more_than_the_bound_and_refuses_nobody_who_is_there()
    {
        const int Most = 1 << 14;
        var table = new RateTable<AddressKey>(new Rate(1, 2), _time, Most);
        AddressKey own = AddressKey.Of(IPAddress.Parse("192.0.2.7"));
        Assert.True(table.TryTake(own, out _));
        for (int i = 0; i < 1_000_000; i++)
        {
            table.TryTake(Site(i), out _);
        }

        Assert.InRange(table.Count, 1, Most);
        Assert.True(table.TryTake(own, out _));
        Assert.False(table.TryTake(own, out _));

        // Those who come anew share what is left.
        int taken = Enumerable.Range(2_000_000, 10_000).Count(i => table.TryTake(Site(i), out _));
        Assert.InRange(taken, 0, 2_048);

        // Once the flood is over its keys go with the next ones that come.
        _time.Advance(TimeSpan.FromSeconds(3));
        for (int i = 0; i < 64; i++)
        {
            Assert.True(table.TryTake(Site(3_000_000 + i), out _));
        }

        Assert.InRange(table.Count, 1, Most / 2);
    }

    [Fact]
    public void What_is_spent_of_a_key_is_told_some_at_a_time_and_none_of_it_twice_or_not_at_all()
    {
        var told = new List<(string Key, int Count)>();
        var table = new RateTable<string>(new Rate(100, 100), _time, tellEach: 10, tell: (key, count) => told.Add((key, count)));

        Taken(table, "alice", 9);
        Taken(table, "bob", 9);
        Assert.Empty(told);
        Taken(table, "alice", 1);
        table.Charge("bob", 40, TimeSpan.FromSeconds(1));
        Assert.Equal([("alice", 10), ("bob", 49)], told);

        // Who is refused spends nothing.
        Taken(table, "alice", 1000);
        Assert.Equal(100, told.Where(static one => one.Key == "alice").Sum(static one => one.Count));
    }

    [Fact]
    public void What_was_spent_elsewhere_is_waited_for_as_if_it_had_been_spent_here()
    {
        var table = new RateTable<string>(new Rate(10, 100), _time, tellEach: 10, tell: static (_, _) => { });
        Taken(table, "alice", 10);

        // All of the bucket was spent by all, and 20 more; then 5 here that nobody was told of.
        Taken(table, "alice", 5);
        table.Learn("alice", TimeSpan.FromSeconds(12));
        Assert.False(table.TryTake("alice", out TimeSpan wait));
        Assert.Equal(2.6, wait.TotalSeconds, 3);
        _time.Advance(TimeSpan.FromSeconds(12.5));
        Assert.Equal(100, Taken(table, "alice", 1000));

        // Who is told less than it knows has not been told of everything yet.
        table.Learn("alice", TimeSpan.FromSeconds(1));
        Assert.False(table.TryTake("alice", out _));
    }

    [Fact]
    public void What_keys_that_share_a_bucket_spend_is_told_of_none()
    {
        const int Most = 1 << 10;
        int told = 0;
        var table = new RateTable<int>(new Rate(1, 100), _time, Most, tellEach: 2, tell: (_, _) => told++);
        for (int i = 0; i < 100_000; i++)
        {
            table.TryTake(i, out _);
        }

        Assert.Equal(0, told);
        table.Learn(99_999, TimeSpan.FromSeconds(1000));
        Assert.True(table.TryTake(0, out _));
    }

    [Fact]
    public void Keys_that_are_not_used_any_more_go_while_others_come()
    {
        var table = new RateTable<AddressKey>(new Rate(100, 500), _time);
        for (int i = 0; i < 1_000_000; i++)
        {
            // A thousand addresses at a time: each bucket is full again long before the last of them came.
            if (i % 1000 == 0)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.True(table.TryTake(Site(i), out _));
        }

        Assert.InRange(table.Count, 1, 16 * 512);
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "64:ff9b::192.0.2.1", true)]
    [InlineData("64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::1", "127.0.0.1", false)]
    public void An_IPv6_site_is_one_address_and_so_is_an_IPv4_address_however_it_is_written(string one, string other, bool same)
    {
        Assert.Equal(same, AddressKey.Of(IPAddress.Parse(one)).Equals(AddressKey.Of(IPAddress.Parse(other))));
    }

    [Theory]
    [InlineData("50/s burst 200", 50, 200)]
    [InlineData("7/s", 7, 7)]
    public void A_rate_is_written_as_settings_have_it(string text, int perSecond, int burst)
    {
        Assert.True(Rate.TryParse(text, out Rate rate));
        Assert.Equal(new Rate(perSecond, burst), rate);
        Assert.True(Rate.TryParse(rate.ToString(), out Rate again));
        Assert.Equal(rate, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("50")]
    [InlineData("/s")]
    [InlineData("50/s burst")]
    [InlineData("50/s burst ")]
    [InlineData("50/s burst -1")]
    [InlineData("+50/s")]
    [InlineData("50/m")]
    [InlineData("99999999999/s")]
    public void Anything_else_is_no_rate(string text) => Assert.False(Rate.TryParse(text, out _));

    private static AddressKey Site(int i)
    {
        byte[] octets = new byte[16];
        octets[0] = 0x20;
        BitConverter.TryWriteBytes(octets.AsSpan(1), i);
        return AddressKey.Of(new IPAddress(octets));
    }

    private static int Taken<TKey>(RateTable<TKey> table, TKey key, int times)
        where TKey : notnull => Enumerable.Range(0, times).Count(_ => table.TryTake(key, out TimeSpan _));
}
