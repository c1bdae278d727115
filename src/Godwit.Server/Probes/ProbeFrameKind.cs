namespace Godwit.Server.Probes;

/// <summary>What a probe received.</summary>
internal enum ProbeFrameKind
{
    /// <summary>The first of a reader: verdict and position. For a poll, the head of its first answer.</summary>
    Joined,

    /// <summary>The head of a later poll's answer with the verdict <c>ok</c>.</summary>
    Answer,

    /// <summary>One entry.</summary>
    Entry,

    /// <summary>Entries left retention before they were delivered; for a poll, the head of a later answer with that verdict.</summary>
    Gap,

    /// <summary>The log is another one; for a poll, the head of a later answer with that verdict.</summary>
    Reset,

    /// <summary>The server took the reader out of a room of its session.</summary>
    Left,

    /// <summary>The answer to a frame that was sent in a session.</summary>
    Reply,

    /// <summary>The store is away.</summary>
    Degraded,

    /// <summary>The store is back.</summary>
    Restored,

    /// <summary>The server is about to stop.</summary>
    Drain,

    /// <summary>A fault: an error frame, or an answer with an HTTP status of 400 or above.</summary>
    Error,

    /// <summary>A comment (SSE), a blank line (NDJSON) or a ping (WebSocket).</summary>
    Heartbeat,

    /// <summary>The last of a reader: the answer or connection ended. Nothing follows.</summary>
    End,
}
