using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

public sealed class PumpTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly RoomName Quiet = RoomName.Parse("quiet");

    [Fact]
    public void A_quiet_stream_gets_a_heartbeat_within_the_interval_and_a_busy_one_none()
    {
        using var rooms = new LiveRooms();
        Client silent = rooms.Follow(framing: Framing.ServerSentEvents, room: Quiet);
        Client busy = rooms.Follow(framing: Framing.ServerSentEvents);
        for (int i = 0; i < 26; i++)
        {
            rooms.Publish();
            rooms.Advance(Second);
        }

        Assert.Equal("joined heartbeat", silent.Story);
        Assert.DoesNotContain(busy.Frames, static frame => frame.Op == "heartbeat");
    }

    [Fact]
    public void A_stream_that_was_full_beats_again_within_the_interval()
    {
        using var rooms = new LiveRooms(stall: TimeSpan.FromMinutes(10));
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 1;
        rooms.Publish();
        rooms.Queue.RunAll();
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();
        rooms.Advance(TimeSpan.FromSeconds(26));

        Assert.Equal("joined 1 heartbeat", client.Story);
    }

    [Fact]
    public void A_client_that_takes_nothing_is_let_go_after_the_stall_limit()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 3;
        rooms.Publish(100);
        rooms.Queue.RunAll();
        int writes = client.Outlet.Writes;
        rooms.Advance(TimeSpan.FromSeconds(29.8));
        Assert.False(client.Connection.Ended.IsCompleted);
        rooms.Advance(TimeSpan.FromSeconds(0.5));

        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.True(client.Outlet.IsAborted);
        Assert.Equal(ErrorCode.Stalled, client.Connection.Reason);
        Assert.Equal(writes, client.Outlet.Writes);
    }

    [Fact]
    public void A_client_that_takes_a_large_frame_slowly_is_let_go_only_when_it_takes_nothing_for_the_stall_limit()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        TakeSlowly(rooms, client, times: 6);

        rooms.Advance(TimeSpan.FromSeconds(29.8));
        Assert.False(client.Connection.Ended.IsCompleted);
        rooms.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.Equal(ErrorCode.Stalled, client.Connection.Reason);
    }

    [Fact]
    public void A_connection_that_is_to_end_has_the_stall_limit_for_a_frame_that_its_client_takes_slowly()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        TakeSlowly(rooms, client, times: 1);
        rooms.Advance(TimeSpan.FromSeconds(15));
        client.Outlet.Let(100);
        client.Connection.Close(null);
        rooms.Queue.RunAll();
        Assert.False(client.Connection.Ended.IsCompleted);

        rooms.Advance(TimeSpan.FromSeconds(20));
        client.Outlet.Let(100);
        rooms.Advance(TimeSpan.FromSeconds(10));
        Assert.True(client.Connection.Ended.IsCompleted);
    }

    [Fact]
    public void A_client_whose_credential_is_over_does_not_stay_by_taking_a_large_frame_slowly()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        client.Connection.Caller = new Caller { Kind = CallerKind.Token, User = "ann", Expires = rooms.Time.GetUtcNow().AddSeconds(10), Grants = Grants.Everything };
        TakeSlowly(rooms, client, times: 2);
        rooms.Advance(TimeSpan.FromSeconds(10));

        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.Equal(ErrorCode.TokenExpired, client.Connection.Reason);
    }

    [Fact]
    public void A_WebSocket_that_was_busy_with_a_large_frame_is_not_taken_for_silent()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow(framing: Framing.WebSocket);
        TakeSlowly(rooms, client, times: 6);

        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();
        rooms.Advance(TimeSpan.FromSeconds(25));
        Assert.False(client.Connection.Ended.IsCompleted);
        rooms.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(ErrorCode.Silent, client.Connection.Reason);
    }

    [Fact]
    public void A_WebSocket_that_answers_no_ping_is_ended_and_one_that_does_is_not()
    {
        using var rooms = new LiveRooms();
        Client silent = rooms.Follow(framing: Framing.WebSocket);
        Client alive = rooms.Follow(framing: Framing.WebSocket);
        for (int i = 0; i < 110; i++)
        {
            rooms.Publish();
            rooms.Advance(Second);
            alive.Connection.OnReceived();
        }

        Assert.True(silent.Connection.Ended.IsCompleted);
        Assert.Equal(ErrorCode.Silent, silent.Connection.Reason);
        Assert.Equal(ErrorCode.Silent.Close, silent.Frames[^1].Offset);
        Assert.InRange(silent.Frames.Count(static frame => frame.Op == "heartbeat"), 2, 5);
        Assert.False(alive.Connection.Ended.IsCompleted);
    }

    [Fact]
    public void A_message_begun_and_not_finished_ends_the_connection()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow(framing: Framing.WebSocket);
        for (int i = 0; i < 60 && !client.Connection.Ended.IsCompleted; i++)
        {
            client.Connection.OnReceived(inMessage: true);
            rooms.Advance(Second);
            Assert.False(i < 29 && client.Connection.Ended.IsCompleted);
        }

        Assert.Equal(ErrorCode.MessageTimeout, client.Connection.Reason);
        Assert.Equal(ErrorCode.MessageTimeout.Close, client.Frames[^1].Offset);
    }

    [Fact]
    public void A_client_that_causes_more_control_frames_than_it_takes_is_ended_as_overloaded()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow(framing: Framing.WebSocket);
        client.Outlet.Take = static _ => 0;
        for (int i = 0; i < 18; i++)
        {
            client.Connection.Send(Framing.WebSocket.Control(ControlObject.Degraded(LiveRooms.Lobby), null));
        }

        rooms.Queue.RunAll();
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();

        Assert.Equal(ErrorCode.Overloaded, client.Connection.Reason);
        Assert.Equal("joined close", client.Story);
        Assert.True(client.Connection.Ended.IsCompleted);
    }

    [Fact]
    public void Whoever_waits_for_the_control_frames_is_told_when_they_are_on_their_way_or_never_will_be()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 0;
        client.Connection.Send(Framing.Ndjson.Control(ControlObject.Degraded(LiveRooms.Lobby), null));
        client.Connection.Send(Framing.Ndjson.Control(ControlObject.Restored(LiveRooms.Lobby), null));
        Task first = client.Connection.DrainedAsync();
        rooms.Queue.RunAll();
        Assert.False(first.IsCompleted);
        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();
        Assert.True(first.IsCompleted);
        client.Connection.Abort();
        Task second = client.Connection.DrainedAsync();
        rooms.Queue.RunAll();
        Assert.True(second.IsCompleted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("c")]
    [InlineData("cc")]
    [InlineData("ac")]
    [InlineData("ca")]
    [InlineData("saa")]
    [InlineData("scc")]
    [InlineData("sca")]
    [InlineData("sjc")]
    [InlineData("sja")]
    [InlineData("sfjca")]
    [InlineData("sjfcca")]
    [InlineData("ajs")]
    [InlineData("saj")]
    [InlineData("scj")]
    public void However_a_connection_is_ended_it_ends_and_gives_every_lease_back(string order)
    {
        using var rooms = new LiveRooms(linger: TimeSpan.Zero);
        var outlet = new TestOutlet();
        var connection = new Connection(rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.WebSocket);
        foreach (char step in order)
        {
            switch (step)
            {
                case 's':
                    connection.Start();
                    break;
                case 'j':
                    FeedLease lease = rooms.Open();
                    connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "\n"u8.ToArray());
                    break;
                case 'f':
                    outlet.Take = static _ => 0;
                    connection.Send("\n"u8.ToArray());
                    break;
                case 'c':
                    connection.Close(null);
                    break;
                case 'a':
                    connection.Abort();
                    break;
            }

            if (order.Length % 2 == 0)
            {
                rooms.Queue.RunAll();
            }
        }

        connection.Abort();
        rooms.Advance(Second);

        Assert.True(connection.Ended.IsCompleted);
        Assert.Equal(0, rooms.Feeds.Count);
        Assert.Equal(0, rooms.Pump.Shards[0].Connections.Count);
        Assert.Equal(0, rooms.Pump.Shards[0].Wheel.Count);
    }

    [Fact]
    public async Task A_stop_tells_every_connection_and_answers_every_poll_whenever_it_comes()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        Client before = rooms.Follow();
        Task<PollOutcome> held = rooms.Reads.Hold(lease, lease.Feed.JudgeNow(), Caller.Nobody, TimeSpan.FromSeconds(50), CancellationToken.None).Outcome.AsTask();
        rooms.Queue.RunAll();

        // The stop comes while the shard is at its mail, behind a post of the room's readers.
        new Calling(() =>
        {
            rooms.Pump.Stop();
            rooms.Feeds.PostAll();
        }).Post(rooms.Pump.Shards[0]);
        lease.Feed.PostAll();
        rooms.Queue.RunAll();
        Assert.Equal(PollOutcome.TimedOut, await held.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Equal("joined drain", before.Story);
        Assert.True(before.Connection.Ended.IsCompleted);

        Client after = rooms.Follow(framing: Framing.WebSocket);
        Assert.Equal("drain close", after.Story);
        Assert.True(after.Connection.Ended.IsCompleted);
        Task<PollOutcome> late = rooms.Reads.Hold(lease, lease.Feed.JudgeNow(), Caller.Nobody, TimeSpan.FromSeconds(50), CancellationToken.None).Outcome.AsTask();
        rooms.Queue.RunAll();
        Assert.Equal(PollOutcome.TimedOut, await late);
    }

    [Fact]
    public async Task A_poll_ends_by_an_entry_its_time_or_its_client()
    {
        using var rooms = new LiveRooms();
        using FeedLease lease = rooms.Open();
        using var cancel = new CancellationTokenSource();
        Judgement now = lease.Feed.JudgeNow();
        Task<PollOutcome> Wait(int seconds) => rooms.Reads.Hold(lease, now, Caller.Nobody, TimeSpan.FromSeconds(seconds), cancel.Token).Outcome.AsTask();
        Task<PollOutcome> timed = Wait(5);
        Task<PollOutcome> cancelled = Wait(10);
        rooms.Queue.RunAll();
        rooms.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(PollOutcome.TimedOut, await timed);
        Assert.False(cancelled.IsCompleted);
        await cancel.CancelAsync();
        Assert.Equal(PollOutcome.Cancelled, await RunAsync(rooms, cancelled));
        Assert.Equal(PollOutcome.Cancelled, await RunAsync(rooms, Wait(10)));
        Task<PollOutcome> woken = rooms.Reads.Hold(lease, now, Caller.Nobody, 10 * Second, CancellationToken.None).Outcome.AsTask();
        rooms.Publish();
        Assert.Equal(PollOutcome.Ready, await RunAsync(rooms, woken));
        Assert.Equal(PollOutcome.Ready, await RunAsync(rooms, rooms.Reads.Hold(lease, now, Caller.Nobody, 10 * Second, CancellationToken.None).Outcome.AsTask()));
        rooms.Advance(12 * Second);
        Assert.Equal(0, rooms.Pump.Shards[0].Wheel.Count);
    }

    [Fact]
    public void Readers_that_leave_in_the_middle_of_a_walk_cost_nobody_an_entry()
    {
        using var rooms = new LiveRooms();
        Client[] clients = [.. Enumerable.Range(0, 400).Select(_ => rooms.Connect())];
        foreach (Client client in clients)
        {
            client.Join(LiveRooms.Lobby, ReadFrom.Now);
        }

        rooms.Queue.RunAll();
        rooms.Publish();
        rooms.Queue.RunOne(0);
        Assert.InRange(clients.Count(static client => client.Offsets.Length == 1), 100, 200);

        // Those who were served first go; the last ones, who were not yet served, take their places.
        foreach (Client client in clients.Take(120))
        {
            client.Connection.Abort();
        }

        rooms.Queue.RunAll();
        Assert.All(clients.Skip(120), static client => Assert.Equal("joined 1", client.Story));
    }

    [Fact]
    public void A_quiet_room_beside_a_hot_one_is_served_within_a_few_turns()
    {
        using var rooms = new LiveRooms();
        Client[] hot = [.. Enumerable.Range(0, 2000).Select(_ => rooms.Connect())];
        foreach (Client client in hot)
        {
            client.Join(LiveRooms.Lobby, ReadFrom.Now);
        }

        Client quiet = rooms.Follow(room: Quiet);
        rooms.Publish();
        rooms.Queue.RunOne(0);
        rooms.Publish(Quiet);
        int turns = rooms.Queue.Turns;
        while (quiet.Offsets.Length == 0)
        {
            rooms.Publish();
            rooms.Queue.RunOne(0);
        }

        Assert.InRange(rooms.Queue.Turns - turns, 1, 4);
        rooms.Queue.RunAll();
        Assert.All(hot, client => Assert.Equal(hot[0].Offsets.Length, client.Offsets.Length));
    }

    [Fact]
    public void A_stalled_reader_keeps_no_page_and_goes_on_where_it_was()
    {
        using var rooms = new LiveRooms();
        rooms.Publish(300, size: 1000);
        Client client = rooms.Connect(take: static length => length / 2);
        Reader reader = client.Join(LiveRooms.Lobby, ReadFrom.Start);
        rooms.Queue.RunAll();
        Assert.Null(reader.Page);
        while (client.Outlet.IsPending)
        {
            client.Outlet.Let();
            rooms.Queue.RunAll();
            Assert.Null(reader.Page);
        }

        Assert.Equal(Enumerable.Range(1, 300).Select(static i => (long)i), client.Offsets);
    }

    private static async Task<PollOutcome> RunAsync(LiveRooms rooms, Task<PollOutcome> poll)
    {
        rooms.Queue.RunAll();
        return await poll;
    }

    private sealed class Calling(Action action) : ShardWork
    {
        internal override void OnDue()
        {
        }

        protected override void Process() => action();
    }

    /// <summary>Has a client take a little of a large frame every 25 s.</summary>
    private static void TakeSlowly(LiveRooms rooms, Client client, int times)
    {
        client.Outlet.Take = static _ => 3;
        rooms.Publish(size: 10_000);
        rooms.Queue.RunAll();
        for (int i = 0; i < times; i++)
        {
            rooms.Advance(TimeSpan.FromSeconds(25));
            client.Outlet.Let(100);
        }
    }
}
