namespace Godwit.Protocol.WebSockets;

/// <summary>What a frame is (RFC 6455 §5.2). Values from 8 are control frames; those not named here are reserved.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>A further fragment of the message begun before.</summary>
    Continuation = 0x0,

    /// <summary>A text message, or its first fragment.</summary>
    Text = 0x1,

    /// <summary>A binary message, or its first fragment.</summary>
    Binary = 0x2,

    /// <summary>The closing handshake (§5.5.1).</summary>
    Close = 0x8,

    /// <summary>A request for a pong with the same payload (§5.5.2).</summary>
    Ping = 0x9,

    /// <summary>The answer to a ping, or an unsolicited sign of life (§5.5.3).</summary>
    Pong = 0xA,
}
