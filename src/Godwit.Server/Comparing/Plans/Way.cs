using System.Globalization;
using Godwit.Server.Probes;

namespace Godwit.Server.Comparing.Plans;

/// <summary>A way of reading that is compared: a transport and, where it polls, how often.</summary>
/// <param name="Transport">The transport.</param>
/// <param name="PollEvery">How often a short poll asks; null for other transports, and where the server says when.</param>
internal sealed record Way(ProbeTransport Transport, TimeSpan? PollEvery = null)
{
    /// <summary>The longest that the server tells a short poll to wait: what it says where an entry comes once a minute.</summary>
    public static readonly TimeSpan SlowestPace = TimeSpan.FromSeconds(30);

    /// <summary>The transports that are compared, in the order of reports.</summary>
    public static readonly IReadOnlyList<ProbeTransport> Transports = [.. ProbeTransports.All, ProbeTransport.SessionLossyChannel];

    /// <summary>Whether entries are left out for newer ones, or lost, because only the newest matters.</summary>
    public bool Loses => Transport.Loses();

    /// <summary>Whether the server says when to ask again.</summary>
    public bool IsPaced => Family == WayFamily.ShortPoll && PollEvery is null;

    /// <summary>What it is like.</summary>
    public WayFamily Family => Transport switch
    {
        ProbeTransport.ShortPoll or ProbeTransport.SessionShortPoll => WayFamily.ShortPoll,
        ProbeTransport.LongPoll or ProbeTransport.SessionLongPoll => WayFamily.LongPoll,
        ProbeTransport.WebSocket or ProbeTransport.SessionWebSocket => WayFamily.WebSocket,
        ProbeTransport.SessionDataChannel or ProbeTransport.SessionLossyChannel => WayFamily.DataChannel,
        _ => WayFamily.Stream,
    };

    /// <summary>The transport over which a client waits as in this way: between two polls it holds its connection whatever the interval is, and what the lossy channel adds to a peer is less than two measurements differ by.</summary>
    public ProbeTransport Waiting => Transport == ProbeTransport.SessionLossyChannel ? ProbeTransport.SessionDataChannel : Transport;

    /// <summary>Whether the client keeps one answer or connection that the server sends on.</summary>
    public bool IsPersistent => Family is WayFamily.Stream or WayFamily.WebSocket or WayFamily.DataChannel;

    /// <summary>Its name in JSON, in rooms and on the command line.</summary>
    public string Name => NameOf(Transport) + (Family != WayFamily.ShortPoll ? "" : PollEvery is { } every ? "-" + Duration(every) : "-paced");

    /// <summary>What reports call it.</summary>
    public string Label => Transport switch
    {
        ProbeTransport.ShortPoll => IsPaced ? "Short poll, paced by the server" : $"Short poll every {Spaced(PollEvery!.Value)}",
        ProbeTransport.LongPoll => "Long poll",
        ProbeTransport.ServerSentEvents => "Server-sent events",
        ProbeTransport.HttpStream => "HTTP stream (NDJSON)",
        ProbeTransport.WebSocket => "WebSocket",
        ProbeTransport.SessionShortPoll => $"Session, short poll every {Spaced(PollEvery!.Value)}",
        ProbeTransport.SessionLongPoll => "Session, long poll",
        ProbeTransport.SessionStream => "Session, event stream",
        ProbeTransport.SessionWebSocket => "Session, WebSocket",
        ProbeTransport.SessionDataChannel => "Session, data channel",
        _ => "Session, data channel (lossy)",
    };

    /// <summary>What a sentence calls it.</summary>
    public string Phrase => Transport switch
    {
        ProbeTransport.ShortPoll => IsPaced ? "polling at the server's pace" : $"polling every {Spaced(PollEvery!.Value)}",
        ProbeTransport.LongPoll => "long polling",
        ProbeTransport.ServerSentEvents => "server-sent events",
        ProbeTransport.HttpStream => "an HTTP stream",
        ProbeTransport.WebSocket => "a WebSocket",
        ProbeTransport.SessionShortPoll => $"polling a session every {Spaced(PollEvery!.Value)}",
        ProbeTransport.SessionLongPoll => "long polling of a session",
        ProbeTransport.SessionStream => "the event stream of a session",
        ProbeTransport.SessionWebSocket => "the WebSocket of a session",
        ProbeTransport.SessionDataChannel => "a data channel",
        _ => "a lossy data channel",
    };

    /// <summary>The name of a transport on the command line.</summary>
    public static string NameOf(ProbeTransport transport) => transport switch
    {
        ProbeTransport.ShortPoll => "short-poll",
        ProbeTransport.LongPoll => "long-poll",
        ProbeTransport.ServerSentEvents => "sse",
        ProbeTransport.HttpStream => "ndjson",
        ProbeTransport.WebSocket => "websocket",
        ProbeTransport.SessionShortPoll => "session-poll",
        ProbeTransport.SessionLongPoll => "session-long-poll",
        ProbeTransport.SessionStream => "session-stream",
        ProbeTransport.SessionWebSocket => "session-websocket",
        ProbeTransport.SessionDataChannel => "session-datachannel",
        _ => "session-datachannel-lossy",
    };

    /// <summary>Makes the ways of transports: a short poll of a room's URL at every interval and at the server's pace, one of a session at the longest interval.</summary>
    public static IReadOnlyList<Way> Of(IEnumerable<ProbeTransport> transports, IReadOnlyList<TimeSpan> intervals) => [.. transports.SelectMany(transport => transport switch
    {
        ProbeTransport.ShortPoll => [.. intervals.Order().Select(interval => new Way(transport, interval)), new Way(transport)],
        ProbeTransport.SessionShortPoll => [new Way(transport, intervals.Max())],
        _ => (IEnumerable<Way>)[new Way(transport)],
    })];

    private static string Spaced(TimeSpan time) => time.TotalSeconds < 1 ? $"{time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)} ms" : $"{time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s";

    private static string Duration(TimeSpan time) => Spaced(time).Replace(" ", "", StringComparison.Ordinal);
}
