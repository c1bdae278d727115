namespace Godwit.Feeds.Pump;

/// <summary>The ways of reading, as instruments and administrators tell them apart.</summary>
internal enum ReadTransport : byte
{
    /// <summary>A WebSocket at a room's URL.</summary>
    WebSocket,

    /// <summary>An event stream at a room's URL.</summary>
    ServerSentEvents,

    /// <summary>NDJSON at a room's URL.</summary>
    HttpStream,

    /// <summary>A session's WebSocket.</summary>
    SessionWebSocket,

    /// <summary>A session's event stream.</summary>
    SessionStream,

    /// <summary>A session's data channel.</summary>
    SessionDataChannel,

    /// <summary>A poll that is held.</summary>
    LongPoll,

    /// <summary>A session exchange.</summary>
    SessionPoll,

    /// <summary>A poll that is answered at once.</summary>
    ShortPoll,
}

/// <summary>Their names.</summary>
internal static class ReadTransports
{
    private static readonly string[] Names = ["websocket", "sse", "http_stream", "session_websocket", "session_stream", "session_datachannel", "long_poll", "session_poll", "short_poll"];

    /// <summary>How many there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The name of a transport.</summary>
    public static string Name(this ReadTransport transport) => Names[(int)transport];

    /// <summary>Whether it can be on a lane.</summary>
    public static bool CanBeOn(this ReadTransport transport, Lane lane) => lane switch
    {
        Lane.Udp => transport == ReadTransport.SessionDataChannel,
        Lane.Socket => transport is ReadTransport.WebSocket or ReadTransport.SessionWebSocket,
        _ => transport != ReadTransport.SessionDataChannel,
    };
}
