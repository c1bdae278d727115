using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>A connection, its outlet, and what its client got.</summary>
internal sealed class Client
{
    private readonly LiveRooms _rooms;
    private int _parsed;

    public Client(LiveRooms rooms, Framing framing, Func<int, int>? take)
    {
        _rooms = rooms;
        Outlet = new TestOutlet(take);
        Connection = new Connection(rooms.Pump.Next(), Outlet, framing, ReadTransport.WebSocket);
        Connection.Start();
    }

    public TestOutlet Outlet { get; }

    public Connection Connection { get; }

    public Framing Framing => Connection.Framing;

    /// <summary>Every frame that has arrived whole.</summary>
    public List<Received> Frames
    {
        get
        {
            byte[] octets = Outlet.Octets;
            field.AddRange(Received.Parse(Framing, octets[_parsed..], out int whole));
            _parsed += whole;
            return field;
        }
    }

    = [];

    /// <summary>The ops that have arrived, entries by offset.</summary>
    public string Story => string.Join(' ', Frames.Select(static frame => frame.Op == "entry" ? $"{frame.Offset}" : frame.Op));

    /// <summary>The story without heartbeats, for a test in which time passes as long as other threads take.</summary>
    public string News => Story.Replace(" heartbeat", "", StringComparison.Ordinal);

    public long[] Offsets => [.. Frames.Where(static frame => frame.Op == "entry").Select(static frame => frame.Offset)];

    /// <summary>Octets behind the last whole frame.</summary>
    public int CutOctets => Frames is null ? 0 : Outlet.Octets.Length - _parsed;

    public Reader Join(RoomName room, ReadFrom from, Delivery delivery = Delivery.All)
    {
        FeedLease lease = _rooms.Open(room);
        Judgement judgement = LiveRooms.Get(_rooms.Reads.JudgeAsync(lease, from, CancellationToken.None));
        var reader = new Reader(lease, judgement, delivery);
        byte[] joined = ControlObject.Joined(room, judgement.Position, judgement.Verdict, judgement.Missing);
        Connection.Join(reader, Framing == Framing.ServerSentEvents
            ? ServerSentEventsFraming.First(judgement.Position, judgement.Verdict, joined)
            : Framing.Control(joined, judgement.Position));
        return reader;
    }
}
