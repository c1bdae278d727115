using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>The ways to a room as test cases: each <see cref="ProbeTransport"/> over each <see cref="Carrier"/>.</summary>
public enum Via
{
    ShortPoll,
    LongPoll,
    ServerSentEvents,
    HttpStream,
    WebSocket,
    SessionShortPoll,
    SessionLongPoll,
    SessionStream,
    SessionWebSocket,
    SessionDataChannel,
    ShortPollOverTls,
    LongPollOverTls,
    ServerSentEventsOverTls,
    HttpStreamOverTls,
    WebSocketOverTls,
    SessionShortPollOverTls,
    SessionLongPollOverTls,
    SessionStreamOverTls,
    SessionWebSocketOverTls,
    SessionDataChannelOverTls,
    ShortPollOverH2c,
    LongPollOverH2c,
    ServerSentEventsOverH2c,
    HttpStreamOverH2c,
    WebSocketOverH2c,
    SessionShortPollOverH2c,
    SessionLongPollOverH2c,
    SessionStreamOverH2c,
    SessionWebSocketOverH2c,
    SessionDataChannelOverH2c,
    ShortPollOverSockets,
    LongPollOverSockets,
    ServerSentEventsOverSockets,
    HttpStreamOverSockets,
    WebSocketOverSockets,
    SessionShortPollOverSockets,
    SessionLongPollOverSockets,
    SessionStreamOverSockets,
    SessionWebSocketOverSockets,
    SessionDataChannelOverSockets,
}

/// <summary>What a request comes over.</summary>
public enum Carrier
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    Http1,

    /// <summary>HTTP/2 with TLS, agreed on by ALPN.</summary>
    Tls,

    /// <summary>HTTP/2 in clear text, by prior knowledge.</summary>
    H2c,

    /// <summary>HTTP/1.1 in clear text at an end point that has the socket lane, which WebSockets then take.</summary>
    Sockets,
}

internal static class Vias
{
    /// <summary>The number of carriers.</summary>
    public static readonly int Carriers = Enum.GetValues<Carrier>().Length;

    private static readonly int Transports = ProbeTransports.All.Count;

    public static ProbeTransport Probe(this Via via) => (ProbeTransport)((int)via % Transports);

    public static Carrier Carrier(this Via via) => (Carrier)((int)via / Transports);

    /// <summary>The same transport over another carrier.</summary>
    public static Via Over(this Via via, Carrier carrier) => (Via)((int)via.Probe() + (Transports * (int)carrier));

    /// <summary>A reader of a room of a <see cref="RunningServer"/>.</summary>
    public static ReaderProbe Open(this Via via, ProbeTarget target, ProbeStart start) => ReaderProbe.Open(via.Probe(), target.Over(via.Carrier()), start);

    /// <summary>A reader of rooms of a <see cref="RunningServer"/> through one session.</summary>
    public static ReaderProbe Open(this Via via, ProbeTarget target, SessionRooms rooms) => ReaderProbe.Open(via.Probe(), target.Over(via.Carrier()), rooms);
}

/// <summary>Which transports a theory runs over.</summary>
public static class Over
{
    // What carries the requests makes no difference to a broker: on another than the memory broker one carrier is enough.
    private static IEnumerable<Via> Tested => Enum.GetValues<Via>().Where(via => TestedBroker.IsMemory || via.Carrier() == Carrier.Http1);

    public static TheoryData<Via> All() => [.. Tested];

    public static TheoryData<Via> Streams() => [.. Tested.Where(via => via.Probe().Streams())];

    public static TheoryData<Via> Polls() => [.. Tested.Where(via => via.Probe().Polls())];

    public static TheoryData<Carrier> Carriers() => [.. Enum.GetValues<Carrier>().Where(carrier => TestedBroker.IsMemory || carrier == Carrier.Http1)];

    /// <summary>The ways through a session.</summary>
    public static TheoryData<Via> Sessions() => [.. Tested.Where(via => via.Probe().IsSession())];

    /// <summary>The ways that begin at the room's URL, for what only it has: names and parameters in the address.</summary>
    public static TheoryData<Via> RoomUrl() => [.. Tested.Where(via => !via.Probe().IsSession())];

    /// <summary>Each transport over one carrier, for theories with many cases of their own: another one the next time.</summary>
    internal static IEnumerable<Via> Turn(int turn) => ProbeTransports.All.Select(transport => ((Via)transport).Over((Carrier)((turn + (int)transport) % Vias.Carriers)));

    /// <summary>Each transport with each, and each carrier with each: every pair of transports over one pair of carriers.</summary>
    public static TheoryData<Via, Via> Pairs()
    {
        var pairs = new TheoryData<Via, Via>();
        for (int i = 0; i < ProbeTransports.All.Count; i++)
        {
            for (int j = 0; j < ProbeTransports.All.Count; j++)
            {
                pairs.Add(((Via)i).Over((Carrier)((i + j) % Vias.Carriers)), ((Via)j).Over((Carrier)((i + (2 * j)) % Vias.Carriers)));
            }
        }

        return pairs;
    }
}
