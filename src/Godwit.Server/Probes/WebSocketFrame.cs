namespace Godwit.Server.Probes;

/// <summary>One WebSocket frame as received.</summary>
/// <param name="Final">The FIN bit.</param>
/// <param name="Opcode">RFC 6455 §5.2: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.</param>
/// <param name="Payload">Its payload.</param>
internal sealed record WebSocketFrame(bool Final, int Opcode, byte[] Payload)
{
    /// <summary>The status code of a close frame; 1005 if it has none.</summary>
    public int CloseCode => Payload.Length >= 2 ? (Payload[0] << 8) | Payload[1] : 1005;

    /// <summary>The reason of a close frame.</summary>
    public string CloseReason => Payload.Length > 2 ? ProbeConnection.Text(Payload.AsSpan(2)) : "";
}
