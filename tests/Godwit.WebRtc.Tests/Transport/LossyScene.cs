using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Tests.DataChannels;
using Godwit.WebRtc.Tests.Peers;
using Godwit.WebRtc.Transport;

namespace Godwit.WebRtc.Tests.Transport;

/// <summary>Rooms, and a client that reads them over both channels through any weather, in a time of its own.</summary>
internal sealed class LossyScene : IDisposable
{
    // Over the worst networks one association in some hundred would be given up.
    private static readonly ChannelOptions s_patient = new() { Sctp = new SctpOptions { MostRetransmissions = 1000, MostInitRetransmissions = 1000 } };

    private readonly PeerScene _peers = new();
    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private readonly LinkWeather _weather;
    private readonly MemoryBroker _broker;
    private readonly SendingPump _pump;
    private readonly RoomReads _reads;
    private readonly Connection _connection;
    private readonly ChannelOutlet _outlet;
    private readonly DataChannel _atServer;
    private readonly List<FeedLease> _leases = [];
    private readonly Dictionary<string, List<(long At, string Data)>> _published = [];
    private int _parsed;
    private string _text = "";

    public LossyScene(LinkWeather weather, params (string Room, Delivery Delivery)[] rooms)
    {
        _weather = weather;
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Everything, EntryBytes = 1 << 20, Retention = new Retention { Bytes = 64 << 20 } }]);
        _broker = new MemoryBroker(policies, _peers.Time, 1L << 30);
        _pump = new SendingPump(new PumpClock(_peers.Time, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(25)), 1, _turns.Enqueue);
        _reads = new RoomReads(new LiveFeeds(_broker, _pump, TimeSpan.FromSeconds(60)), _broker, _pump, new CallerLimits(new LimitOptions(), _peers.Time), null);

        // One is the client, which opens the channels. Both clocks begin at the same number.
        Link = SimulatedPeer.Connect(weather, s_patient);
        _peers.Time.Advance(TimeSpan.FromMilliseconds(Link.Now));
        long seen = Link.Now;
        Link.OnTime = now =>
        {
            if (now > seen)
            {
                _peers.Time.Advance(TimeSpan.FromMilliseconds(now - seen));
                seen = now;
            }
        };
        DataChannel reliable = Link.One.Open(PeerSession.Reliable);
        Lossy = Link.One.Open(PeerSession.Lossy, new DeliveryTerms(isUnordered: true, mostRetransmissions: 0));
        Link.RunUntil(() => Link.Other.Opened.Count == 2 && Lossy.State == ChannelState.Open);
        _atServer = Link.Other.Opened.Single(static channel => channel.Label == PeerSession.Lossy);
        Server = Link.Other.Opened.Single(static channel => channel.Label == PeerSession.Reliable);
        Server.LowWaterMark = ChannelOutlet.Low;
        _outlet = new ChannelOutlet(_peers.Add(256 << 10), Link.Other.Endpoint, Server, static () => { });
        _connection = new Connection(_pump.Next(), _outlet, Framing.Ndjson, ReadTransport.SessionDataChannel);
        _outlet.Connection = _connection;
        _outlet.Use(_atServer);
        Link.Other.OnMaySendDo = channel =>
        {
            if (channel == _atServer)
            {
                _outlet.OnLatestMaySend();
            }
        };
        Link.Other.OnBufferedLowDo = channel =>
        {
            if (channel == Server)
            {
                _outlet.OnLow();
            }
        };
        _connection.Start();
        foreach ((string room, Delivery delivery) in rooms)
        {
            Join(RoomName.Parse(room), delivery);
        }

        Turn();
        GC.KeepAlive(reliable);
    }

    public SimulatedLink Link { get; }

    /// <summary>The lossy channel of the client.</summary>
    public DataChannel Lossy { get; }

    /// <summary>The reliable channel of the server.</summary>
    public DataChannel Server { get; }

    /// <summary>The entries that came, in the order in which they did.</summary>
    public List<(string Room, long Offset, bool IsLossy, long At)> Entries { get; } = [];

    /// <summary>How long a packet is on its way at most.</summary>
    public long LongestWay => _weather.Delay + _weather.Jitter;

    /// <summary>What lossy entries have to do with: how many octets of the lossy channel wait at the server.</summary>
    public int LossyBuffered => _atServer.Buffered;

    /// <summary>The newest offset of a room at a time; 0 before the first.</summary>
    public long HeadAt(string room, long at) => _published.TryGetValue(room, out List<(long At, string Data)>? all) ? all.Count(entry => entry.At <= at) : 0;

    /// <summary>Publishes an entry whose data tells which it is.</summary>
    public void Publish(string room, int length)
    {
        if (!_published.TryGetValue(room, out List<(long At, string Data)>? all))
        {
            _published[room] = all = [];
        }

        string data = $"{room} {all.Count + 1} ".PadRight(length, (char)('a' + (all.Count % 26)));
        all.Add((Link.Now, data));
        _ = _broker.AppendAsync(RoomName.Parse(room), new EntryContent("message", Encoding.UTF8.GetBytes($"\"{data}\""), false, null), null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Turn();
    }

    /// <summary>Lets time pass.</summary>
    public void Run(long time)
    {
        long until = Link.Now + time;
        do
        {
            Turn();
        }
        while (Link.Step(until));
        Turn();
        Take();
    }

    /// <summary>Closes the lossy channel at the server's end, as a client does.</summary>
    public void Close() => _outlet.Use(null);

    public void Dispose()
    {
        _pump.Dispose();
        _broker.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _peers.Dispose();
    }

    private void Join(RoomName room, Delivery delivery)
    {
        FeedLease lease = _reads.OpenAsync(room, ReadFrom.Now, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        _leases.Add(lease);
        Judgement judgement = lease.Feed.JudgeNow();
        _connection.Join(new Reader(lease, judgement, delivery), [.. ControlObject.Joined(room, judgement.Position, judgement.Verdict, judgement.Missing), (byte)'\n']);
    }

    private void Turn()
    {
        while (_turns.TryDequeue(out IThreadPoolWorkItem? turn))
        {
            turn.Execute();
        }
    }

    private void Take()
    {
        for (; _parsed < Link.One.Messages.Count; _parsed++)
        {
            (DataChannel channel, MessageKind kind, byte[] message, long at) = Link.One.Messages[_parsed];
            Assert.Equal(MessageKind.Text, kind);
            string text = Encoding.UTF8.GetString(message);
            if (channel == Lossy)
            {
                Assert.DoesNotContain('\n', text);
                Assert.InRange(message.Length, 1, EntryLimit.LatestFrame);
                Note(text, true, at);
                continue;
            }

            string[] lines = (_text + text).Split('\n');
            _text = lines[^1];
            foreach (string line in lines.AsSpan(0, lines.Length - 1))
            {
                Note(line, false, at);
            }
        }
    }

    private void Note(string line, bool isLossy, long at)
    {
        JsonElement frame = JsonDocument.Parse(line).RootElement;
        if (frame.GetProperty("op").GetString() != "entry")
        {
            Assert.False(isLossy);
            return;
        }

        (string room, long offset) = (frame.GetProperty("room").GetString()!, frame.GetProperty("offset").GetInt64());
        Assert.Equal(_published[room][(int)offset - 1].Data, frame.GetProperty("data").GetString());
        Entries.Add((room, offset, isLossy, at));
    }
}
