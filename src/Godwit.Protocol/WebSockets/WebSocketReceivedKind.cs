namespace Godwit.Protocol.WebSockets;

/// <summary>What a <see cref="WebSocketReader"/> found.</summary>
public enum WebSocketReceivedKind : byte
{
    /// <summary>A whole text message; the payload is valid UTF-8.</summary>
    Text = 1,

    /// <summary>A whole binary message.</summary>
    Binary,

    /// <summary>A ping; to be answered with a pong of the same payload, 0 to 125 octets.</summary>
    Ping,

    /// <summary>A pong, 0 to 125 octets.</summary>
    Pong,

    /// <summary>The other end closes. Nothing after it is read.</summary>
    Close,

    /// <summary>The other end broke the protocol or a limit; close with the code given. Nothing after it is read.</summary>
    Violation,
}
