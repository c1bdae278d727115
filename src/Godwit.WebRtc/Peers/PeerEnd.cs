namespace Godwit.WebRtc.Peers;

/// <summary>Why a peer ended.</summary>
internal enum PeerEnd
{
    /// <summary>Nobody came to use the answer.</summary>
    Unused,

    /// <summary>The handshake did not come to an end in time, or the client showed another certificate than it announced.</summary>
    HandshakeFailed,

    /// <summary>No check came for 30 s (RFC 7675).</summary>
    ConsentLost,

    /// <summary>The client closed.</summary>
    ClosedByClient,

    /// <summary>The association or the session over it ended.</summary>
    Finished,

    /// <summary>It was deleted, or an administrator ended it.</summary>
    Removed,

    /// <summary>The server made a mistake with it, which is in the log.</summary>
    Failed,

    /// <summary>The server stops.</summary>
    Stopped,
}
