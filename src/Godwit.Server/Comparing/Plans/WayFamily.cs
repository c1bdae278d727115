namespace Godwit.Server.Comparing.Plans;

/// <summary>What ways of reading have in common.</summary>
internal enum WayFamily
{
    /// <summary>The client asks again and again.</summary>
    ShortPoll,

    /// <summary>The client asks, and the answer is held until there is something.</summary>
    LongPoll,

    /// <summary>An answer that does not end.</summary>
    Stream,

    /// <summary>A WebSocket.</summary>
    WebSocket,

    /// <summary>A data channel of WebRTC, over UDP.</summary>
    DataChannel,
}
