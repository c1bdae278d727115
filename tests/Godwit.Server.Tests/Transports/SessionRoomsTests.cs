using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>Many rooms on one session: each is read as if it were alone, over whichever transport and through whatever cuts.</summary>
public sealed class SessionRoomsTests(SharedServer shared)
{
    private const int Rooms = 8;
    private const int Entries = 60;

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task Every_room_of_a_session_gets_each_of_its_entries_once_and_in_order(Via via)
    {
        ProbeTarget[] rooms = NewRooms();
        Task<List<string>>[] publishing = Publish(rooms);
        var session = new SessionLedger(rooms, $"{via}");

        await using ReaderProbe reader = session.Open(via);
        while (!session.Complete)
        {
            session.Take(await reader.AnyAsync(), reader);
        }

        await AssertCompleteAsync(session, publishing);
        foreach (ProbeTarget room in rooms)
        {
            long offset = (await Reading.PublishAsync(room, "\"nothing else\"")).Offset;
            ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
            Assert.Equal((room.Room, offset), (entry.Room, entry.Offset));
        }
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task A_session_that_is_cut_at_any_moment_goes_on_by_its_positions(Via via) => await CutAsync([via], (int)via);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_session_that_is_cut_at_any_moment_goes_on_over_any_other_transport(int seed) =>
        await CutAsync([.. Enum.GetValues<Via>().Where(via => via.Probe().IsSession())], 1000 + seed);

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task Positions_of_a_session_are_read_on_at_the_rooms_URLs_and_the_other_way_round(Via via)
    {
        ProbeTarget[] rooms = NewRooms();
        Task<List<string>>[] publishing = Publish(rooms);
        var session = new SessionLedger(rooms, $"{via}");
        var random = new Random((int)via);

        for (int turn = 0; !session.Complete; turn++)
        {
            await StintAsync(session, via, random);
            foreach (ProbeTarget room in rooms)
            {
                Via alone = Over.Turn(turn).Where(way => !way.Probe().IsSession()).ElementAt(random.Next(5));
                await using ReaderProbe reader = alone.Open(room, session.StartOf(room.Room));
                for (int i = random.Next(8); i > 0 && !session.IsComplete(room.Room); i--)
                {
                    session.Take(await reader.AnyAsync(), reader);
                }
            }
        }

        await AssertCompleteAsync(session, publishing);
    }

    [Theory]
    [MemberData(nameof(Over.Sessions), MemberType = typeof(Over))]
    public async Task Two_connections_of_one_session_each_get_everything(Via via)
    {
        ProbeTarget[] rooms = NewRooms();
        var one = new SessionLedger(rooms, $"{via} one");
        await using ReaderProbe first = one.Open(via);
        one.Take(await first.AnyAsync(), first);
        rooms[0] = rooms[0] with { Session = ((ISessionReader)first).Welcome!.Session };
        var other = new SessionLedger(rooms, $"{via} other");
        await using ReaderProbe second = other.Open(via);
        Task<List<string>>[] publishing = Publish(rooms);

        await Task.WhenAll(ReadAsync(one, first), ReadAsync(other, second));

        Assert.True(((ISessionReader)second).Welcome!.Resumed);
        await AssertCompleteAsync(one, publishing);
        await AssertCompleteAsync(other, publishing);

        static async Task ReadAsync(SessionLedger session, ReaderProbe reader)
        {
            while (!session.Complete)
            {
                session.Take(await reader.AnyAsync(), reader);
            }
        }
    }

    private async Task CutAsync(Via[] vias, int seed)
    {
        ProbeTarget[] rooms = NewRooms();
        Task<List<string>>[] publishing = Publish(rooms);
        var session = new SessionLedger(rooms, $"seed {seed}");
        var random = new Random(seed);
        for (int connections = 0; !session.Complete; connections++)
        {
            await StintAsync(session, vias[random.Next(vias.Length)], random);
            Assert.True(connections < 2000, "The session does not get on.");
        }

        await AssertCompleteAsync(session, publishing);
    }

    /// <summary>Reads some frames over one connection and cuts it: between two reads, or while one is under way.</summary>
    private static async Task StintAsync(SessionLedger session, Via via, Random random)
    {
        await using ReaderProbe reader = session.Open(via);
        for (int frames = random.Next(100); frames > 0 && !session.Complete; frames--)
        {
            session.Take(await reader.AnyAsync(), reader);
        }

        Task<ProbeFrame>? pending = random.Next(2) == 0 ? reader.AnyAsync() : null;
        reader.Cut();
        if (pending is not null)
        {
            session.Take(await pending, reader);
        }
    }

    private ProbeTarget[] NewRooms() => [.. Enumerable.Range(0, Rooms).Select(_ => shared.Room())];

    /// <summary>Two publishers a room, all at once.</summary>
    private static Task<List<string>>[] Publish(ProbeTarget[] rooms) =>
        [.. rooms.SelectMany(room => Enumerable.Range(0, 2).Select(i => Reading.FillAsync(room, Entries / 2, first: 1000 * i)))];

    private static async Task AssertCompleteAsync(SessionLedger session, Task<List<string>>[] publishing)
    {
        List<string>[] acknowledged = await Task.WhenAll(publishing);
        Assert.Equal(acknowledged.SelectMany(positions => positions).Order(StringComparer.Ordinal), session.Positions.Order(StringComparer.Ordinal));
    }

    /// <summary>What one session has seen of its rooms over all its connections.</summary>
    private sealed class SessionLedger(ProbeTarget[] rooms, string name)
    {
        private readonly Dictionary<string, EntryLedger> _ledgers = rooms.ToDictionary(room => room.Room, room => new EntryLedger(name));
        private readonly Dictionary<string, ProbeStart> _starts = rooms.ToDictionary(room => room.Room, _ => ProbeStart.Oldest);
        private readonly Random _order = new(0);
        private string? _session = rooms[0].Session;

        public bool Complete => _ledgers.Keys.All(IsComplete);

        public IEnumerable<string> Positions => _ledgers.Values.SelectMany(ledger => ledger.Positions);

        public bool IsComplete(string room) => _ledgers[room].Next > Entries;

        /// <summary>Where reading of a room goes on.</summary>
        public ProbeStart StartOf(string room) => _starts[room];

        /// <summary>A connection that goes on, with its rooms in another order than the one before.</summary>
        public ReaderProbe Open(Via via)
        {
            KeyValuePair<string, ProbeStart>[] order = [.. _starts];
            _order.Shuffle(order);
            return via.Open(rooms[0] with { Session = _session }, new SessionRooms(order));
        }

        public void Take(ProbeFrame frame, ReaderProbe reader)
        {
            if (frame.Kind is ProbeFrameKind.Error or ProbeFrameKind.Drain || (frame.Room is null && frame.Kind is not (ProbeFrameKind.Heartbeat or ProbeFrameKind.End)))
            {
                throw new InvalidOperationException($"{name}: {frame}");
            }

            if (frame.Room is { } room)
            {
                _ledgers[room].Take(frame, reader);
                if (reader.PositionIn(room) is { } position)
                {
                    _starts[room] = ProbeStart.After(position);
                }
            }

            if (reader is ISessionReader { Welcome: { } welcome })
            {
                Assert.True(welcome.Resumed || reader.Target.Session is null, "The token of the session was not taken.");
                _session = welcome.Session;
            }
        }
    }
}
