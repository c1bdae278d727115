using System.Text;
using System.Text.Json;
using CsCheck;
using Godwit.Access;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

public sealed class DrainTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(50);

    [Fact]
    public void Clients_are_told_evenly_whatever_their_number_and_the_number_of_shards() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 400], Gen.Int[0, 400], Gen.Int[2, 30]).Sample(
            static (shards, streams, polls, seconds) =>
            {
                using var rooms = new LiveRooms(shards: shards, heartbeat: TimeSpan.FromSeconds(60));
                TestOutlet[] outlets = [.. Enumerable.Range(0, streams).Select(_ => Open(rooms))];
                Held[] held = [.. Enumerable.Range(0, polls).Select(_ => Held.By(rooms.Pump.Next()))];
                rooms.Queue.RunAll();

                rooms.Pump.Drain(TimeSpan.FromSeconds(seconds));
                rooms.Queue.RunAll();
                var told = new List<int>();
                while (told.Count < seconds * 10)
                {
                    rooms.Advance(Tick);
                    told.Add(held.Count(static answer => answer.IsAnswered) + outlets.Count(static outlet => outlet.Writes > 0));
                }

                // Everybody, and in no tenth of the time more than half again what is due in a tenth; a little more where they
                // are few, since nobody can be told by halves.
                int clients = streams + polls;
                Assert.Equal(clients, told[^1]);
                double mean = clients / 10.0;
                for (int i = 0; i + seconds < told.Count; i++)
                {
                    Assert.InRange(told[i + seconds] - told[i], 0, (1.5 * mean) + shards + 1);
                }
            },
            iter: 40);

    [Fact]
    public void Held_polls_are_answered_before_any_stream_is_told()
    {
        using var rooms = new LiveRooms(shards: 2);
        TestOutlet[] outlets = [.. Enumerable.Range(0, 40).Select(_ => Open(rooms))];
        Held[] held = [.. Enumerable.Range(0, 40).Select(_ => Held.By(rooms.Pump.Next()))];
        rooms.Queue.RunAll();

        rooms.Pump.Drain(Window);
        rooms.Queue.RunAll();
        while (!Array.TrueForAll(held, static answer => answer.IsAnswered))
        {
            Assert.All(outlets, static outlet => Assert.Equal(0, outlet.Writes));
            rooms.Advance(Tick);
        }

        Assert.All(outlets, static outlet => Assert.InRange(outlet.Writes, 0, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_client_is_told_when_to_come_back_and_keeps_getting_entries_until_its_connection_is_closed(int framing)
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow(framing: framing == 0 ? Framing.WebSocket : Framing.Ndjson);
        rooms.Pump.Drain(Window);
        while (!client.Story.EndsWith("drain", StringComparison.Ordinal))
        {
            rooms.Advance(Tick);
        }

        (int closes, int back) = Drained(client);
        Assert.Equal(2000, closes);
        Assert.InRange(back, 500, 1000);
        rooms.Publish();
        rooms.Advance(TimeSpan.FromMilliseconds(closes - 100));
        Assert.False(client.Connection.Ended.IsCompleted);
        Assert.Equal("joined drain 1", client.Story);

        rooms.Advance(2 * Tick);
        Assert.True(client.Connection.Ended.IsCompleted);
        Assert.Equal(framing == 0 ? "joined drain 1 close" : "joined drain 1", client.Story);
        Assert.Equal(ErrorCode.Drain, client.Connection.Reason);
        if (framing == 0)
        {
            Assert.Equal(4000, client.Frames[^1].Offset);
        }
    }

    [Fact]
    public void An_EventSource_is_told_by_its_reconnection_time_and_closed_with_that()
    {
        using var rooms = new LiveRooms();
        Client client = rooms.Follow(framing: Framing.ServerSentEvents);
        rooms.Pump.Drain(Window);
        while (!client.Connection.Ended.IsCompleted)
        {
            rooms.Advance(Tick);
        }

        string[] blocks = Encoding.UTF8.GetString(client.Outlet.Octets).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        string[] last = blocks[^1].Split('\n');
        int retry = int.Parse(last[0].AsSpan("retry: ".Length), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(retry, 500, 1000);
        Assert.Equal("event: godwit", last[1]);
        Assert.Equal($$"""data: {"op":"drain","closes":0,"back":{{retry}}}""", last[2]);
    }

    [Fact]
    public async Task Whoever_comes_while_others_are_let_go_is_let_go_too()
    {
        using var rooms = new LiveRooms(shards: 3);
        using FeedLease lease = rooms.Open();
        rooms.Pump.Drain(Window);
        rooms.Advance(TimeSpan.FromSeconds(3));
        Client[] late = [.. Enumerable.Range(0, 5).Select(_ => rooms.Follow())];
        Task<PollOutcome> held = Hold(rooms, lease);
        rooms.Advance(Window);

        Assert.All(late, static client => Assert.Equal("joined drain", client.Story));
        Assert.All(late, static client => Assert.True(client.Connection.Ended.IsCompleted));
        Assert.Equal(PollOutcome.TimedOut, await held.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.All(rooms.Pump.Shards, static shard => Assert.Equal(0, shard.Connections.Count));
    }

    [Fact]
    public void Whoever_leaves_by_himself_is_not_told_and_keeps_nobody()
    {
        using var rooms = new LiveRooms(linger: TimeSpan.Zero);
        Client[] clients = [.. Enumerable.Range(0, 10).Select(_ => rooms.Follow())];
        rooms.Pump.Drain(Window);
        rooms.Queue.RunAll();
        foreach (Client client in clients)
        {
            client.Connection.Close(null);
        }

        rooms.Advance(Window + Tick);
        Assert.All(clients, static client => Assert.Equal("joined", client.Story));
        Assert.Equal(0, rooms.Pump.Shards[0].Wheel.Count);
    }

    [Fact]
    public void A_stop_in_the_middle_tells_and_closes_everybody_who_is_left_at_once()
    {
        using var rooms = new LiveRooms(shards: 2);
        Client[] clients = [.. Enumerable.Range(0, 20).Select(_ => rooms.Follow(framing: Framing.WebSocket))];
        rooms.Pump.Drain(Window);
        rooms.Advance(Window / 2);
        rooms.Pump.Stop();
        rooms.Queue.RunAll();

        Assert.All(clients, static client => Assert.True(client.Connection.Ended.IsCompleted));
        Assert.All(clients, static client => Assert.EndsWith("drain close", client.Story, StringComparison.Ordinal));
        Assert.All(clients, static client => Assert.Equal(4000, client.Frames[^1].Offset));
        Assert.Contains(clients, static client => Drained(client).Closes == 0);
    }

    [Fact]
    public void A_client_that_takes_nothing_is_closed_as_soon_as_it_takes_what_is_due()
    {
        using var rooms = new LiveRooms(stall: TimeSpan.FromMinutes(10));
        Client client = rooms.Follow();
        client.Outlet.Take = static _ => 1;
        rooms.Publish();
        rooms.Queue.RunAll();
        rooms.Pump.Drain(Window);
        rooms.Advance(Window + Tick);
        Assert.False(client.Connection.Ended.IsCompleted);

        client.Outlet.Take = null;
        client.Outlet.Let();
        rooms.Queue.RunAll();
        Assert.Equal("joined 1 drain", client.Story);
        Assert.True(client.Connection.Ended.IsCompleted);
    }

    private static TestOutlet Open(LiveRooms rooms)
    {
        var outlet = new TestOutlet();
        new Connection(rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.WebSocket).Start();
        return outlet;
    }

    private static Task<PollOutcome> Hold(LiveRooms rooms, FeedLease lease) =>
        rooms.Reads.Hold(lease, lease.Feed.JudgeNow(), Caller.Nobody, Patience, CancellationToken.None).Outcome.AsTask();

    private static (int Closes, int Back) Drained(Client client)
    {
        string[] frames = Encoding.UTF8.GetString(client.Outlet.Octets).Split("{\"op\":\"drain\"");
        using JsonDocument frame = JsonDocument.Parse("{\"op\":\"drain\"" + frames[1][..(frames[1].IndexOf('}', StringComparison.Ordinal) + 1)]);
        return (frame.RootElement.GetProperty("closes").GetInt32(), frame.RootElement.GetProperty("back").GetInt32());
    }

    /// <summary>An answer that is held, and answered only when the shard lets it go.</summary>
    private sealed class Held : ShardWork, IHeldAnswer
    {
        private readonly Shard _shard;

        private Held(Shard shard) => _shard = shard;

        public Caller Caller => Caller.Nobody;

        public UInt128 SessionId => default;

        public bool IsAnswered { get; private set; }

        public static Held By(Shard shard)
        {
            var held = new Held(shard);
            held.Post(shard);
            return held;
        }

        public void AnswerNow()
        {
            Assert.False(IsAnswered);
            IsAnswered = true;
            _shard.Wheel.Unschedule(this);
        }

        internal override void OnDue() => Assert.Fail("Nobody waited so long.");

        protected override void Process() => _shard.Wheel.Schedule(this, (long)Patience.TotalMilliseconds);
    }
}
