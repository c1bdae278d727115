namespace Godwit.Protocol.WebSockets;

/// <summary>Which end of a WebSocket connection this process is (RFC 6455 §5.1). A client masks what it sends, a server does not.</summary>
public enum WebSocketRole : byte
{
    /// <summary>This end accepted the connection: it sends unmasked frames and takes masked ones only.</summary>
    Server,

    /// <summary>This end opened the connection: it sends masked frames and takes unmasked ones only.</summary>
    Client,
}
