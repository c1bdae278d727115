namespace Godwit.Server.Probes;

/// <summary>The ways of reading a room that a probe knows.</summary>
internal enum ProbeTransport
{
    /// <summary>GET, answered at once.</summary>
    ShortPoll,

    /// <summary>GET with <c>wait</c>, held until an entry arrives or the time is up.</summary>
    LongPoll,

    /// <summary>GET accepting <c>text/event-stream</c>.</summary>
    ServerSentEvents,

    /// <summary>GET accepting <c>application/x-ndjson</c>: one frame a line.</summary>
    HttpStream,

    /// <summary>GET with <c>Upgrade: websocket</c>: one frame a text message.</summary>
    WebSocket,

    /// <summary>POST of a session exchange without <c>wait</c>.</summary>
    SessionShortPoll,

    /// <summary>POST of a session exchange with <c>wait</c>.</summary>
    SessionLongPoll,

    /// <summary>POST of a session exchange, accepting <c>text/event-stream</c>: one frame a block.</summary>
    SessionStream,

    /// <summary>The session's WebSocket: one frame a text message, both ways.</summary>
    SessionWebSocket,

    /// <summary>The session over the data channel <c>reliable</c>, which a POST of an offer has signalled: lines, put together from text messages.</summary>
    SessionDataChannel,

    /// <summary>The same, with a channel <c>lossy</c> beside it: rooms are joined with the delivery <c>latest</c>, and entries come over it.</summary>
    SessionLossyChannel,
}

/// <summary>What each transport can do.</summary>
internal static class ProbeTransports
{
    /// <summary>All that bring every entry, in the order of design and documentation.</summary>
    public static readonly IReadOnlyList<ProbeTransport> All = [.. Enum.GetValues<ProbeTransport>().Where(static transport => !transport.Loses())];

    /// <summary>Those whose every octet goes over HTTP, and so through proxies.</summary>
    public static readonly IReadOnlyList<ProbeTransport> OverHttp = [.. All.Where(static transport => !transport.IsDataChannel())];

    /// <summary>Whether each answer is a request of its own.</summary>
    public static bool Polls(this ProbeTransport transport) => transport is ProbeTransport.ShortPoll or ProbeTransport.LongPoll or ProbeTransport.SessionShortPoll or ProbeTransport.SessionLongPoll;

    /// <summary>Whether the server sends on an answer or connection that stays open; such transports have heartbeats and tell a later <c>gap</c> or <c>reset</c> by themselves.</summary>
    public static bool Streams(this ProbeTransport transport) => !transport.Polls();

    /// <summary>Whether an entry reaches the reader without being asked for again.</summary>
    public static bool Pushes(this ProbeTransport transport) => transport is not (ProbeTransport.ShortPoll or ProbeTransport.SessionShortPoll);

    /// <summary>Whether the reader's connection also publishes.</summary>
    public static bool Publishes(this ProbeTransport transport) => transport is ProbeTransport.WebSocket or ProbeTransport.SessionWebSocket || transport.IsDataChannel();

    /// <summary>Whether it reads through a session, and so many rooms at once if it is to; the others read one room at its URL.</summary>
    public static bool IsSession(this ProbeTransport transport) => transport >= ProbeTransport.SessionShortPoll;

    /// <summary>Whether it is a WebSocket, which ends by a close handshake.</summary>
    public static bool IsWebSocket(this ProbeTransport transport) => transport is ProbeTransport.WebSocket or ProbeTransport.SessionWebSocket;

    /// <summary>Whether frames come over UDP, past whatever stands before the server.</summary>
    public static bool IsDataChannel(this ProbeTransport transport) => transport is ProbeTransport.SessionDataChannel or ProbeTransport.SessionLossyChannel;

    /// <summary>Whether entries are left out for newer ones, or lost, because only the newest matters.</summary>
    public static bool Loses(this ProbeTransport transport) => transport == ProbeTransport.SessionLossyChannel;

    /// <summary>Whether the client may close it at any moment, and is answered by its orderly end.</summary>
    public static bool ClosesByHandshake(this ProbeTransport transport) => transport.IsWebSocket() || transport.IsDataChannel();
}
