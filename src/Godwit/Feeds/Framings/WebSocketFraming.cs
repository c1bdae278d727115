using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.WebSockets;

namespace Godwit.Feeds.Framings;

/// <summary>One text message a frame, unmasked as a server sends it: the same octets for every client.</summary>
internal sealed class WebSocketFraming : Framing
{
    public override int Index => 0;

    /// <summary>An empty ping; the pong shows that the client is there.</summary>
    public override byte[] Heartbeat { get; } = Message(WebSocketOpcode.Ping, []);

    public override int MaxLength(Entry entry, int objectLength) => objectLength + 10;

    public override int Write(Span<byte> destination, Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject)
    {
        int header = WebSocketFrameWriter.WriteHeader(destination, WebSocketOpcode.Text, true, entryObject.Length);
        entryObject.CopyTo(destination[header..]);
        return header + entryObject.Length;
    }

    public override byte[] Control(ReadOnlySpan<byte> controlObject, Position? position) => Message(WebSocketOpcode.Text, controlObject);

    /// <summary>A close frame with the reason's code (RFC 6455 section 5.5.1).</summary>
    public override byte[] End(ErrorCode reason) => Close((WebSocketCloseCode)reason.Close, reason.Code);

    /// <summary>A close frame; one without a status when the code is <see cref="WebSocketCloseCode.NoStatus"/>.</summary>
    public static byte[] Close(WebSocketCloseCode code, string reason)
    {
        Span<byte> payload = stackalloc byte[WebSocketFrameWriter.MaxControlPayload];
        int length = code == WebSocketCloseCode.NoStatus ? 0 : WebSocketFrameWriter.WriteClosePayload(payload, code, reason);
        return Message(WebSocketOpcode.Close, payload[..length]);
    }

    /// <summary>A whole message in one frame.</summary>
    public static byte[] Message(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[WebSocketFrameWriter.HeaderLength(payload.Length) + payload.Length];
        payload.CopyTo(frame.AsSpan(WebSocketFrameWriter.WriteHeader(frame, opcode, true, payload.Length)));
        return frame;
    }
}
