using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Unicode;

namespace Godwit.Protocol.WebSockets;

/// <summary>Writes frames (RFC 6455 §5.2) into memory of the caller. What would not be a valid frame throws.</summary>
public static class WebSocketFrameWriter
{
    /// <summary>The longest header: two octets, a 64-bit length and a client's masking key.</summary>
    public const int MaxHeaderLength = 14;

    /// <summary>The longest payload of a close, ping or pong (§5.5).</summary>
    public const int MaxControlPayload = 125;

    /// <summary>The longest close, ping or pong frame of either role.</summary>
    public const int MaxControlFrameLength = 2 + MaskLength + MaxControlPayload;

    /// <summary>The longest reason of a close frame, in octets of UTF-8.</summary>
    public const int MaxCloseReason = MaxControlPayload - sizeof(ushort);

    private const int MaskLength = 4;

    /// <summary>The length of a header that a server writes: 2, 4 or 10 octets.</summary>
    /// <param name="payloadLength">Octets, 0 to 2^63 − 1.</param>
    public static int HeaderLength(long payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        return payloadLength switch { <= 125 => 2, <= ushort.MaxValue => 4, _ => 10 };
    }

    /// <summary>The length of a whole frame with a payload of this length.</summary>
    public static int FrameLength(int payloadLength, WebSocketRole role = WebSocketRole.Server) =>
        checked(HeaderLength(payloadLength) + (role == WebSocketRole.Client ? MaskLength : 0) + payloadLength);

    /// <summary>Writes the header of an unmasked frame, as a server sends it, and returns its length.</summary>
    /// <exception cref="ArgumentException">The destination is too short, or a control frame is fragmented or longer than 125 octets.</exception>
    public static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, bool fin, long payloadLength) =>
        WriteHeader(destination, opcode, fin, payloadLength, masked: 0);

    /// <summary>Writes a frame and returns its length; a client's is masked with a fresh random key (§5.3).</summary>
    /// <exception cref="ArgumentException">The destination is too short, or a control frame is fragmented or longer than 125 octets.</exception>
    public static int WriteFrame(Span<byte> destination, WebSocketOpcode opcode, bool fin, ReadOnlySpan<byte> payload, WebSocketRole role = WebSocketRole.Server)
    {
        if (role == WebSocketRole.Client)
        {
            uint key = 0;
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref key)));
            return WriteMaskedFrame(destination, opcode, fin, payload, key);
        }

        int header = WriteHeader(destination, opcode, fin, payload.Length);
        payload.CopyTo(destination[header..]);
        return header + payload.Length;
    }

    /// <summary>Writes a ping of 0 to 125 octets and returns the frame's length (§5.5.2).</summary>
    public static int WritePing(Span<byte> destination, ReadOnlySpan<byte> payload = default, WebSocketRole role = WebSocketRole.Server) =>
        WriteFrame(destination, WebSocketOpcode.Ping, fin: true, payload, role);

    /// <summary>Writes a pong and returns the frame's length; the answer to a ping carries the ping's payload (§5.5.3).</summary>
    public static int WritePong(Span<byte> destination, ReadOnlySpan<byte> payload = default, WebSocketRole role = WebSocketRole.Server) =>
        WriteFrame(destination, WebSocketOpcode.Pong, fin: true, payload, role);

    /// <summary>Writes a close frame and returns its length (§5.5.1).</summary>
    /// <param name="destination">Where to; <see cref="MaxControlFrameLength"/> octets always suffice.</param>
    /// <param name="code">Why; with <see cref="WebSocketCloseCode.NoStatus"/>, a frame without code and reason. So the code of a received close can be sent back as it is.</param>
    /// <param name="reason">For logs and debugging; cut between characters to <see cref="MaxCloseReason"/> octets.</param>
    /// <param name="role">Which end writes.</param>
    /// <exception cref="ArgumentException">The code is one that no frame may carry, or the destination is too short.</exception>
    public static int WriteClose(Span<byte> destination, WebSocketCloseCode code, ReadOnlySpan<char> reason = default, WebSocketRole role = WebSocketRole.Server)
    {
        Span<byte> payload = stackalloc byte[MaxControlPayload];
        return WriteFrame(destination, WebSocketOpcode.Close, fin: true, payload[..WriteClosePayload(payload, code, reason)], role);
    }

    /// <summary>Writes the payload of a close frame, code and reason, and returns its length, 0 or 2 to 125; the same as in <see cref="WriteClose"/>.</summary>
    /// <exception cref="ArgumentException">The code is one that no frame may carry, or the destination is shorter than 2.</exception>
    public static int WriteClosePayload(Span<byte> destination, WebSocketCloseCode code, ReadOnlySpan<char> reason = default)
    {
        if (code == WebSocketCloseCode.NoStatus)
        {
            return 0;
        }

        if (!code.MayBeSent())
        {
            throw new ArgumentException("No close frame may carry this code.", nameof(code));
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)code);
        Span<byte> text = destination[sizeof(ushort)..];
        Utf8.FromUtf16(reason, text[..Math.Min(text.Length, MaxCloseReason)], out _, out int written);
        return sizeof(ushort) + written;
    }

    /// <summary>Writes a client's frame with a given key, the first octet of it in the lowest bits.</summary>
    internal static int WriteMaskedFrame(Span<byte> destination, WebSocketOpcode opcode, bool fin, ReadOnlySpan<byte> payload, uint key)
    {
        int header = WriteHeader(destination, opcode, fin, payload.Length, masked: 0x80);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[header..], key);
        header += MaskLength;
        if (destination.Length - header < payload.Length)
        {
            throw new ArgumentException("The destination is too short for the frame.", nameof(destination));
        }

        WebSocketMask.Apply(key, payload, destination[header..]);
        return header + payload.Length;
    }

    private static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, bool fin, long payloadLength, byte masked)
    {
        int length = HeaderLength(payloadLength);
        if (destination.Length < length)
        {
            throw new ArgumentException("The destination is too short for the header.", nameof(destination));
        }

        if (opcode >= WebSocketOpcode.Close && (!fin || payloadLength > MaxControlPayload))
        {
            throw new ArgumentException("A control frame has at most 125 octets and is not fragmented.", nameof(payloadLength));
        }

        destination[0] = (byte)((fin ? 0x80 : 0) | (byte)opcode);
        switch (length)
        {
            case 2:
                destination[1] = (byte)(masked | (byte)payloadLength);
                break;
            case 4:
                destination[1] = (byte)(masked | 126);
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                break;
            default:
                destination[1] = (byte)(masked | 127);
                BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
                break;
        }

        return length;
    }
}
