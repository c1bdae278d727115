using System.Text.Json;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Brokers;
using Godwit.Tests.Feeds;
using static Godwit.Tests.Sessions.SessionClient;

namespace Godwit.Tests.Sessions;

/// <summary>Replies of up to a mebibyte, to clients that take them, take them slowly, or do not.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class LargeReplyTests
{
    private const string ReadAll = """{"op":"read","id":1,"room":"lobby","after":"start","limit":1000}""";

    [Fact]
    public void A_large_reply_goes_out_in_pieces_and_gives_its_octets_back_with_the_last()
    {
        using LiveRooms rooms = Filled(entries: 20);
        using SessionClient client = new SessionClient(rooms: rooms).Hello();
        int largest = 0;
        long held = 0;
        client.Outlet.Take = length =>
        {
            largest = Math.Max(largest, length);
            held = Math.Max(held, rooms.Reads.Answers.Held);
            return length;
        };

        JsonElement reply = client.Ask(ReadAll);

        Assert.Equal(20, reply.GetProperty("entries").GetArrayLength());
        Assert.InRange(largest, 1, AnswerBudget.Free);
        Assert.InRange(held, 20 * 10_000, 20 * 11_000);
        Assert.Equal(0, rooms.Reads.Answers.Held);
    }

    [Fact]
    public void A_session_that_takes_nothing_holds_one_large_reply_and_asks_for_no_other()
    {
        using LiveRooms rooms = Filled(entries: 100);
        using SessionClient client = new SessionClient(rooms: rooms).Hello();
        client.Outlet.Take = static _ => 0;
        Task<bool> first = client.Begin(ReadAll);
        rooms.Queue.RunAll();

        // The receiving side takes no frame before the one before it is done with.
        Assert.False(first.IsCompleted);
        Assert.InRange(rooms.Reads.Answers.Held, 900_000, 1 << 20);

        client.Outlet.Abort();
        client.Connection.Abort();
        rooms.Queue.RunAll();
        Assert.True(client.Connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task Whatever_ends_a_connection_gives_back_what_its_reply_held()
    {
        using LiveRooms rooms = Filled(entries: 50);
        using SessionClient stalled = new SessionClient(rooms: rooms).Hello();
        stalled.Outlet.Take = static _ => 0;
        Task<bool> unanswered = stalled.Begin(ReadAll);
        rooms.Queue.RunAll();
        Assert.False(unanswered.IsCompleted);
        Assert.True(rooms.Reads.Answers.Held > AnswerBudget.Free);

        rooms.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(ErrorCode.Stalled, stalled.Connection.Reason);
        Assert.Equal(0, rooms.Reads.Answers.Held);

        // It is asked for, and composed, when the connection has ended already.
        using SessionClient late = new SessionClient(rooms: rooms).Hello();
        Task<bool> asked = late.Begin(ReadAll);
        late.Connection.Abort();
        rooms.Queue.RunAll();
        Assert.True(await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(0, rooms.Reads.Answers.Held);
    }

    [Fact]
    public void Where_others_have_used_up_the_budget_replies_are_shorter_and_going_on_misses_nothing()
    {
        using LiveRooms rooms = Filled(entries: 60, new AnswerBudget(1 << 20));
        using SessionClient greedy = new SessionClient(rooms: rooms).Hello();
        using SessionClient greedier = new SessionClient(rooms: rooms).Hello();
        foreach (SessionClient client in (SessionClient[])[greedy, greedier])
        {
            client.Outlet.Take = static _ => 0;
            client.Begin(ReadAll);
            rooms.Queue.RunAll();
        }

        Assert.InRange(rooms.Reads.Answers.Held, 900_000, 1 << 20);
        using SessionClient modest = new SessionClient(rooms: rooms).Hello();
        Assert.Equal([.. Enumerable.Range(1, 60)], Follow(modest, "\"start\"", out int replies));
        Assert.InRange(replies, 10, 60);
    }

    [Fact]
    public void Backwards_a_shorter_reply_has_the_newest_and_says_that_older_ones_are_there()
    {
        using LiveRooms rooms = Filled(entries: 30, new AnswerBudget(0));
        Position last = rooms.Publish()[0];
        using SessionClient client = new SessionClient(rooms: rooms).Hello();
        JsonElement reply = client.Ask($$"""{"op":"read","room":"lobby","before":"{{last}}","limit":1000}""");
        Assert.Equal([30], Offsets(reply));
        Assert.True(reply.GetProperty("more").GetBoolean());
    }

    [Fact]
    public void What_comes_while_a_large_reply_is_going_out_stands_behind_it()
    {
        using LiveRooms rooms = Filled(entries: 60);
        using SessionClient client = new SessionClient(rooms: rooms).Hello(""","rooms":{"lobby":"now"}""");
        client.Receive();
        client.Outlet.Take = static _ => 100;
        client.Begin(ReadAll);
        rooms.Queue.RunAll();
        for (int i = 0; i < 5; i++)
        {
            client.Outlet.Let();
            rooms.Queue.RunAll();
        }

        Assert.Empty(client.Receive());
        rooms.Publish(count: 2);
        rooms.Pump.Drain(TimeSpan.FromSeconds(8));
        rooms.Advance(TimeSpan.FromSeconds(9));
        while (client.Outlet.IsPending)
        {
            client.Outlet.Let();
            rooms.Queue.RunAll();
        }

        List<JsonElement> frames = client.Receive();
        Assert.Equal(["reply", "drain"], frames[..2].Select(Op));
        Assert.Equal("drain", frames[^1].GetProperty("reason").GetString());
        Assert.Null(client.Outlet.Fault);
    }

    [Fact]
    public void Sessions_that_take_nothing_keep_the_budget_and_16_KiB_each_alive_and_not_more()
    {
        const int clients = 60;
        const int budget = 4 << 20;
        using LiveRooms rooms = Filled(entries: 100, new AnswerBudget(budget));
        var stalled = new List<SessionClient>();
        for (int i = 0; i < clients; i++)
        {
            stalled.Add(new SessionClient(rooms: rooms).Hello());
        }

        // Once for what composing keeps for the next time, however many clients there are.
        stalled[0].Ask(ReadAll);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (SessionClient client in stalled)
        {
            client.Outlet.Take = static _ => 0;
            client.Begin(ReadAll);
            rooms.Queue.RunAll();
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        // What is in the hands of a transport that took nothing, and what waits behind it: two pieces; and the odd small thing.
        Assert.InRange(grown, 0, budget + (clients * 3 * AnswerBudget.Free));
        Assert.InRange(rooms.Reads.Answers.Held, 1, budget);
    }

    private static LiveRooms Filled(int entries, AnswerBudget? answers = null)
    {
        var rooms = new LiveRooms(new Retention { Bytes = 64 << 20 }, answers: answers);
        rooms.Publish(count: entries, size: 10_000);
        return rooms;
    }

    private static List<int> Follow(SessionClient client, string from, out int replies)
    {
        var offsets = new List<int>();
        replies = 0;
        while (true)
        {
            JsonElement reply = client.Ask($$"""{"op":"read","room":"lobby","after":{{from}},"limit":1000}""");
            offsets.AddRange(Offsets(reply));
            from = reply.GetProperty("position").GetRawText();
            replies++;
            if (!reply.TryGetProperty("more", out _))
            {
                return offsets;
            }
        }
    }

    private static IEnumerable<int> Offsets(JsonElement reply) =>
        reply.GetProperty("entries").EnumerateArray().Select(static entry => entry.GetProperty("offset").GetInt32());
}
