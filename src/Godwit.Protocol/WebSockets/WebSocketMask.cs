using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Godwit.Protocol.WebSockets;

/// <summary>The masking of client frames (RFC 6455 §5.3). Masking and unmasking are the same.</summary>
internal static class WebSocketMask
{
    /// <summary>Combines octets with the key.</summary>
    /// <param name="key">The key, its first octet in the lowest bits.</param>
    /// <param name="source">What to mask.</param>
    /// <param name="destination">Where to, at least as long: <paramref name="source"/> itself, or memory that does not overlap it.</param>
    /// <returns>The key for the octet that follows.</returns>
    public static uint Apply(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        // From here on the bounds are known, so the loops need no checks.
        destination = destination[..source.Length];
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination);
        uint inMemory = BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key);
        int at = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> keys = Vector256.Create(inMemory).AsByte();
            for (; at <= source.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
            {
                (Vector256.LoadUnsafe(ref from, (nuint)at) ^ keys).StoreUnsafe(ref to, (nuint)at);
            }
        }

        Vector128<byte> keys128 = Vector128.Create(inMemory).AsByte();
        for (; at <= source.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            (Vector128.LoadUnsafe(ref from, (nuint)at) ^ keys128).StoreUnsafe(ref to, (nuint)at);
        }

        for (; at <= source.Length - sizeof(uint); at += sizeof(uint))
        {
            uint word = MemoryMarshal.Read<uint>(source[at..]) ^ inMemory;
            MemoryMarshal.Write(destination[at..], in word);
        }

        // Whole words leave the key as it is; each octet of the rest turns it by one.
        for (; at < source.Length; at++)
        {
            destination[at] = (byte)(source[at] ^ key);
            key = BitOperations.RotateRight(key, 8);
        }

        return key;
    }
}
