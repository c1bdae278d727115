using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>A server that is taken by storm, over a store that is slow: who gets his turn?</summary>
public sealed class AdmissionTests
{
    private const int Joins = 200;
    private const int Resumes = 30;

    // What a server has open at the store at once.
    private const int Reads = 64;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Readers_that_present_a_position_are_served_before_those_that_join_anew(bool roomsAreLive)
    {
        using var rooms = new LiveRooms();
        var names = Enumerable.Range(0, Joins + Resumes).Select(static i => RoomName.Parse($"room:{i}")).ToArray();
        Position[] positions = [.. names.Select(name => rooms.Publish(name)[0])];
        if (roomsAreLive)
        {
            foreach (RoomName name in names)
            {
                rooms.Open(name).Dispose();
            }
        }

        // Whom the store has served; of those who join a room that is not live here, whether it was started for them.
        var order = new List<bool>();
        var turns = new Queue<TaskCompletionSource>();
        rooms.Store.BeforeRead = _ =>
        {
            var turn = new TaskCompletionSource();
            lock (turns)
            {
                turns.Enqueue(turn);
            }

            return turn.Task;
        };

        // Those who join anew come first, and far more of them than the store is asked for at once.
        var readers = new List<Task>();
        for (int i = 0; i < names.Length; i++)
        {
            bool resumes = i >= Joins;
            readers.Add(ReadAsync(names[i], resumes ? ReadFrom.After(Older(positions[i])) : ReadFrom.Last(1), resumes));
        }

        while (readers.Count(static reader => !reader.IsCompleted) is > 0 and var left)
        {
            // One at a time, and only when whoever could come to the store has: so the order is the gate's.
            if (Waiting() == Math.Min(Reads, left))
            {
                Next().SetResult();
            }
            else
            {
                await Task.Yield();
            }
        }

        await Task.WhenAll(readers);

        // Those who were at the store already, and those who came in while one who resumes went from one read to his next.
        Assert.InRange(order.Take(order.LastIndexOf(true)).Count(static resumes => !resumes), Reads, 2 * Reads);

        async Task ReadAsync(RoomName room, ReadFrom from, bool resumes)
        {
            using FeedLease lease = await rooms.Reads.OpenAsync(room, from, TestContext.Current.CancellationToken);
            if (!resumes && !roomsAreLive)
            {
                Note(false);
            }

            await rooms.Reads.JudgeAsync(lease, from, TestContext.Current.CancellationToken);
            if (resumes || roomsAreLive)
            {
                Note(resumes);
            }
        }

        void Note(bool resumes)
        {
            lock (order)
            {
                order.Add(resumes);
            }
        }

        int Waiting()
        {
            lock (turns)
            {
                return turns.Count;
            }
        }

        TaskCompletionSource Next()
        {
            lock (turns)
            {
                return turns.Dequeue();
            }
        }
    }

    /// <summary>The position before the first entry, which no feed that started later knows.</summary>
    private static Position Older(Position position) => new(position.Epoch, 0, 0);
}
