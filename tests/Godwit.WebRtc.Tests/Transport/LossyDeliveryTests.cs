using CsCheck;
using Godwit.Rooms;
using Godwit.WebRtc.Tests.DataChannels;

namespace Godwit.WebRtc.Tests.Transport;

/// <summary>What a client gets over the lossy channel, from the publish to its arrival, whatever the network does.</summary>
public sealed class LossyDeliveryTests
{
    [Fact]
    public void Over_any_network_nothing_comes_twice_or_changed_and_nothing_that_was_not_the_newest_when_it_was_sent() =>
        Gen.Select(LinkWeather.Any, Gen.Int[1, 3], Gen.Int[1, 900], Gen.Int[1, 40]).Sample((weather, count, length, interval) =>
        {
            string[] rooms = [.. Enumerable.Range(0, count).Select(static i => $"r{i}")];
            using var scene = new LossyScene(weather, [.. rooms.Select(static room => (room, Delivery.Latest)), ("all", Delivery.All)]);
            var random = new Random((int)(weather.Seed % int.MaxValue));
            for (int i = 0; i < 150; i++)
            {
                scene.Publish(rooms[random.Next(count)], length);
                if (i % 10 == 0)
                {
                    scene.Publish("all", 2000);
                }

                scene.Run(interval);
                Assert.Equal(0, scene.LossyBuffered);
            }

            scene.Run(60_000);
            (string Room, long Offset, bool IsLossy, long At)[] lossy = [.. scene.Entries.Where(static entry => entry.IsLossy)];
            Assert.Equal(lossy.Length, lossy.Select(static entry => (entry.Room, entry.Offset)).Distinct().Count());
            Assert.All(lossy, entry => Assert.InRange(entry.Offset, scene.HeadAt(entry.Room, entry.At - scene.LongestWay - 1), scene.HeadAt(entry.Room, entry.At)));
            Assert.Equal(Enumerable.Range(1, 15).Select(static i => (long)i), scene.Entries.Where(static entry => entry.Room == "all").Select(static entry => entry.Offset));
            Assert.All(rooms, room => Assert.InRange(scene.Entries.Count(entry => entry.Room == room && !entry.IsLossy), 0, 1));
        }, iter: 40);

    [Fact]
    public void After_an_outage_of_5_s_nothing_from_before_its_end_comes_but_what_was_the_newest_then()
    {
        using var scene = new LossyScene(new LinkWeather(4, LossPercent: 5, Delay: 50, Jitter: 20), ("a", Delivery.Latest), ("b", Delivery.Latest));
        Publish(2_000);
        scene.Link.IsDown = true;
        scene.Run(scene.LongestWay + 1);
        int before = scene.Entries.Count;
        Publish(5_000);
        scene.Link.IsDown = false;
        long up = scene.Link.Now;
        Publish(4_000);

        (string Room, long Offset, bool IsLossy, long At)[] after = [.. scene.Entries.Skip(before)];
        Assert.All(after, entry => Assert.True(entry.IsLossy));
        foreach (string room in new[] { "a", "b" })
        {
            Assert.All(after.Where(entry => entry.Room == room), entry => Assert.True(entry.Offset >= scene.HeadAt(room, up)));
            Assert.InRange(after.First(entry => entry.Room == room).At - up, 0, 3_300);
            Assert.InRange(after.Count(entry => entry.Room == room), 10, 200);
        }

        void Publish(long time)
        {
            for (long until = scene.Link.Now + time; scene.Link.Now < until;)
            {
                scene.Publish("a", 100);
                scene.Publish("b", 100);
                scene.Run(20);
            }
        }
    }

    [Fact]
    public void A_room_of_all_entries_that_is_behind_does_not_keep_the_newest_from_coming_and_is_not_kept_itself()
    {
        using var scene = new LossyScene(new LinkWeather(9, LossPercent: 1, Delay: 30), ("bulk", Delivery.All), ("a", Delivery.Latest), ("b", Delivery.Latest));
        for (int i = 0; i < 500; i++)
        {
            scene.Publish("bulk", 30_000);
            scene.Publish("a", 100);
            scene.Publish("b", 100);
            scene.Run(20);
        }

        int bulk = scene.Entries.Count(static entry => entry.Room == "bulk");
        int[] newest = [.. new[] { "a", "b" }.Select(room => scene.Entries.Count(entry => entry.IsLossy && entry.Room == room))];
        TestContext.Current.TestOutputHelper?.WriteLine($"{bulk} of 500 large entries, {newest[0]} and {newest[1]} newest ones, in 10 s.");

        // The path does not carry what is published, or nothing would be shown.
        Assert.InRange(bulk, 10, 400);
        Assert.All(newest, count => Assert.InRange(count, 25, 500));
        Assert.InRange(newest[0] - newest[1], -5, 5);
    }

    [Fact]
    public void When_the_channel_is_gone_entries_come_over_the_reliable_one()
    {
        using var scene = new LossyScene(new LinkWeather(1), ("a", Delivery.Latest));
        Publish();
        scene.Close();
        Publish();
        Assert.Equal([false, true, true, false, false, false], scene.Entries.Select(static entry => entry.IsLossy));
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], scene.Entries.Select(static entry => entry.Offset));

        void Publish()
        {
            for (int i = 0; i < 3; i++)
            {
                scene.Publish("a", 10);
                scene.Run(100);
            }
        }
    }

    [Fact]
    public void An_entry_too_long_for_a_packet_comes_over_the_reliable_channel()
    {
        using var scene = new LossyScene(new LinkWeather(1), ("a", Delivery.Latest));
        foreach (int length in new[] { 10, 900, 1100, 10, 5000, 900 })
        {
            scene.Publish("a", length);
            scene.Run(200);
        }

        Assert.Equal([false, true, false, true, false, true], scene.Entries.Select(static entry => entry.IsLossy));
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], scene.Entries.Select(static entry => entry.Offset));
    }
}
