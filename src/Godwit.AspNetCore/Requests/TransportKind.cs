namespace Godwit.AspNetCore.Requests;

/// <summary>The ways to read a room on its URL.</summary>
internal enum TransportKind
{
    /// <summary>Short and long polls: one JSON document.</summary>
    Polling,

    /// <summary>Server-sent events.</summary>
    ServerSentEvents,

    /// <summary>NDJSON, one frame a line.</summary>
    HttpStreaming,

    /// <summary>WebSocket, one frame a text message.</summary>
    WebSocket,
}
