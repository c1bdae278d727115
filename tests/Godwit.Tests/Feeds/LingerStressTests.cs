using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>Rooms that are held and let go of on real threads, while their feeds end.</summary>
public sealed class LingerStressTests
{
    private const int Rooms = 20;
    private const int Holders = 4;

    [Fact]
    public void Whoever_lets_go_last_while_the_feed_is_looked_at_leaves_its_end_in_the_wheel()
    {
        const int rounds = 30_000;
        using var rooms = new LiveRooms();
        Feed feed = LiveRooms.Get(rooms.Feeds.HoldAsync(LiveRooms.Lobby, resumes: false, TestContext.Current.CancellationToken));
        feed.Release();
        rooms.Queue.RunAll();
        int asked = 0;
        int released = 0;
        var other = new Thread(() =>
        {
            for (int round = 1; round <= rounds; round++)
            {
                while (Volatile.Read(ref asked) < round)
                {
                    Thread.SpinWait(1);
                }

                feed.Release();
                Volatile.Write(ref released, round);
            }
        })
        { IsBackground = true };
        other.Start();
        var random = new Random(1);
        for (int round = 1; round <= rounds; round++)
        {
            Assert.True(feed.TryHold());
            Volatile.Write(ref asked, round);
            Thread.SpinWait(random.Next(100));
            feed.Post(rooms.Pump.Shards[0]);
            rooms.Queue.RunAll();
            SpinWait.SpinUntil(() => Volatile.Read(ref released) == round);
            rooms.Queue.RunAll();
            Assert.True(feed.WheelDue != 0, $"In round {round} nobody holds the feed, and it would never end.");
        }
    }

    [Theory]
    [InlineData(0, 5_000)]
    [InlineData(1, 40_000)]
    public async Task A_feed_that_is_held_follows_its_room_and_one_that_is_not_ends(int linger, int rounds)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Entries = 4 } }]);
        await using var broker = new MemoryBroker(policies, TimeProvider.System, 1L << 30);
        using var pump = new SendingPump(new PumpClock(TimeProvider.System, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(30)), 2);
        var feeds = new LiveFeeds(broker, pump, TimeSpan.FromMilliseconds(linger));
        await Task.WhenAll(Enumerable.Range(0, Holders).Select(seed => Task.Run(() => HoldAsync(new Random(seed)), cancel)));

        // Whoever let go last of a room has had it looked at, or it is in the wheel.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (feeds.Count > 0)
        {
            await Task.Delay(10, patience.Token);
        }

        async Task HoldAsync(Random random)
        {
            var held = new List<Feed>();
            for (int i = 0; i < rounds; i++)
            {
                var room = RoomName.Parse($"room{random.Next(Rooms)}");
                Feed feed = await feeds.HoldAsync(room, resumes: false, cancel);
                held.Add(feed);
                if (random.Next(4) == 0)
                {
                    // The memory broker tells its watchers before it answers.
                    Appended appended = await broker.AppendAsync(room, LiveRooms.Content("1"), null, cancel);
                    Assert.True(feed.Head >= appended.Position.Offset, $"A feed that is held stands at {feed.Head}, its room at {appended.Position.Offset}.");
                }

                while (held.Count > random.Next(3))
                {
                    int last = random.Next(held.Count);
                    held[last].Release();
                    held.RemoveAt(last);
                }
            }

            held.ForEach(static feed => feed.Release());
        }
    }
}
