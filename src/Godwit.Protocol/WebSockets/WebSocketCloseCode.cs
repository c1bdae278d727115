namespace Godwit.Protocol.WebSockets;

/// <summary>Why a WebSocket connection is closed (RFC 6455 §7.4.1 and the registry it founded). 3000–3999 belong to libraries, 4000–4999 to applications.</summary>
public enum WebSocketCloseCode : ushort
{
    /// <summary>The purpose of the connection is fulfilled.</summary>
    Normal = 1000,

    /// <summary>The server goes down, or the browser left the page.</summary>
    GoingAway = 1001,

    /// <summary>The other end broke the protocol.</summary>
    ProtocolError = 1002,

    /// <summary>The other end sent a kind of message that is not taken.</summary>
    UnsupportedData = 1003,

    /// <summary>The close frame named no code. Never sent.</summary>
    NoStatus = 1005,

    /// <summary>The connection ended without a close frame. Never sent.</summary>
    Abnormal = 1006,

    /// <summary>A payload does not fit the type of its message: text that is not UTF-8.</summary>
    InvalidPayload = 1007,

    /// <summary>A message breaks the rules of this end, and no other code says how.</summary>
    PolicyViolation = 1008,

    /// <summary>A message is larger than this end takes.</summary>
    MessageTooBig = 1009,

    /// <summary>The server did not agree to an extension that the client needs.</summary>
    MandatoryExtension = 1010,

    /// <summary>The server cannot go on.</summary>
    InternalError = 1011,

    /// <summary>The service restarts; the client may connect again.</summary>
    ServiceRestart = 1012,

    /// <summary>The service is overloaded.</summary>
    TryAgainLater = 1013,

    /// <summary>A gateway got an invalid answer from the server behind it.</summary>
    BadGateway = 1014,

    /// <summary>The TLS handshake failed. Never sent.</summary>
    TlsHandshake = 1015,
}
