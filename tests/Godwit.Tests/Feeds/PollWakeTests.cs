using Godwit.Access;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>However many rooms are polled, an entry wakes those who wait for it, and nobody waits for his time to be up.</summary>
public sealed class PollWakeTests
{
    private const int Rooms = 10_000;

    [Fact]
    public async Task Of_10_000_polls_in_as_many_rooms_each_is_woken_by_its_own_entry_while_no_time_passes()
    {
        using var rooms = new LiveRooms(shards: 4);
        var leases = new FeedLease[Rooms];
        try
        {
            var polls = new Task<PollOutcome>[Rooms];
            for (int i = 0; i < Rooms; i++)
            {
                leases[i] = rooms.Open(Room(i));
                polls[i] = rooms.Reads.Hold(leases[i], leases[i].Feed.JudgeNow(), Caller.Nobody, TimeSpan.FromSeconds(50), CancellationToken.None).Outcome.AsTask();
            }

            rooms.Queue.RunAll();
            Assert.All(polls, static poll => Assert.False(poll.IsCompleted));

            await WakeAsync(rooms, polls, static number => number % 2 == 1);
            Assert.All(polls.Where(static (_, number) => number % 2 == 0), static poll => Assert.False(poll.IsCompleted));
            await WakeAsync(rooms, polls, static number => number % 2 == 0);
        }
        finally
        {
            Array.ForEach(leases, static lease => lease?.Dispose());
        }
    }

    private static async Task WakeAsync(LiveRooms rooms, Task<PollOutcome>[] polls, Func<int, bool> chosen)
    {
        int[] numbers = [.. Enumerable.Range(0, Rooms).Where(chosen)];
        foreach (int number in numbers)
        {
            rooms.Publish(Room(number));
        }

        rooms.Queue.RunAll();
        foreach (int number in numbers)
        {
            Assert.Equal(PollOutcome.Ready, await polls[number].WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
    }

    private static RoomName Room(int number) => RoomName.Parse($"room:{number}");
}
