using System.Buffers.Binary;
using System.Text;

namespace Godwit.Protocol.Tests.WebSockets;

/// <summary>Builds frames octet by octet, valid or not, independently of the writer under test.</summary>
internal static class RawFrame
{
    public const byte Fin = 0x80;
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    /// <summary>A key whose octets all differ, so that a wrong rotation shows.</summary>
    private static ReadOnlySpan<byte> Key => [0x37, 0xFA, 0x21, 0x3D];

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A masked frame with the shortest length, as a client sends it.</summary>
    public static byte[] Masked(int first, params byte[] payload)
    {
        var masked = new byte[payload.Length];
        for (int i = 0; i < payload.Length; i++)
        {
            masked[i] = (byte)(payload[i] ^ Key[i % 4]);
        }

        return [.. Head(first, 0x80, payload.Length), .. Key, .. masked];
    }

    /// <summary>An unmasked frame with the shortest length, as a server sends it.</summary>
    public static byte[] Unmasked(int first, params byte[] payload) => [.. Head(first, 0, payload.Length), .. payload];

    /// <summary>The head of a client's frame that announces a length in the shortest form, with its key.</summary>
    public static byte[] MaskedHead(int first, long length) => [.. Head(first, 0x80, length), .. Key];

    /// <summary>The head of a client's frame with a length in a form of choice: 7, 16 or 64 bits.</summary>
    public static byte[] MaskedHead(int first, ulong length, int bits) => [.. Head(first, 0x80, length, bits), .. Key];

    public static byte[] ClosePayload(int code, params byte[] reason) => [(byte)(code >> 8), (byte)code, .. reason];

    private static byte[] Head(int first, int mask, long length) =>
        Head(first, mask, (ulong)length, length <= 125 ? 7 : length <= 65535 ? 16 : 64);

    private static byte[] Head(int first, int mask, ulong length, int bits)
    {
        var octets = new byte[bits == 7 ? 2 : bits == 16 ? 4 : 10];
        octets[0] = (byte)first;
        octets[1] = (byte)(mask | (bits == 7 ? (int)length : bits == 16 ? 126 : 127));
        if (bits == 16)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)length);
        }
        else if (bits == 64)
        {
            BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(2), length);
        }

        return octets;
    }
}
