using System.Text;

namespace Godwit.Protocol.WebSockets;

/// <summary>One thing a <see cref="WebSocketReader"/> found: a message, a control frame or a violation.</summary>
public readonly struct WebSocketReceived
{
    private readonly string? _violation;

    internal WebSocketReceived(WebSocketReceivedKind kind, ReadOnlyMemory<byte> payload, WebSocketCloseCode closeCode = default)
    {
        Kind = kind;
        Payload = payload;
        CloseCode = closeCode;
    }

    internal WebSocketReceived(WebSocketCloseCode closeCode, string violation)
    {
        Kind = WebSocketReceivedKind.Violation;
        CloseCode = closeCode;
        _violation = violation;
    }

    /// <summary>What it is.</summary>
    public WebSocketReceivedKind Kind { get; }

    /// <summary>
    /// The unmasked payload of a message, a ping or a pong; of a close, the reason as UTF-8; of a violation, empty. It
    /// lies in the input or in a buffer of the reader: valid until the reader is called again or disposed, and no longer
    /// than the input's memory.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>
    /// Of a close, the code given, or <see cref="WebSocketCloseCode.NoStatus"/> if none was; of a violation, the code to
    /// close with: 1002, 1007 or 1009. Otherwise 0.
    /// </summary>
    public WebSocketCloseCode CloseCode { get; }

    /// <summary>Of a close, the reason given (to be taken as untrusted text); of a violation, a sentence that names it, at most 123 octets. Otherwise empty.</summary>
    public string Reason => _violation ?? (Kind == WebSocketReceivedKind.Close ? Encoding.UTF8.GetString(Payload.Span) : "");
}
