using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Brokers.Memory;

/// <summary>128 bits of SHA-256 over event and data: tells whether two publishes under one key are the same.</summary>
internal readonly record struct ContentHash(ulong High, ulong Low)
{
    /// <summary>The hash of what is published; who publishes is not part of it.</summary>
    public static ContentHash Of(in EntryContent content)
    {
        // The data goes in as its own hash, of fixed length, so that no two contents make the same text.
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content.Data, digest);

        int eventLength = Encoding.UTF8.GetByteCount(content.Event);
        Span<byte> text = eventLength <= 256 ? stackalloc byte[1 + SHA256.HashSizeInBytes + 256] : new byte[1 + SHA256.HashSizeInBytes + eventLength];
        text[0] = content.IsBytes ? (byte)1 : (byte)0;
        digest.CopyTo(text[1..]);
        int length = 1 + digest.Length + Encoding.UTF8.GetBytes(content.Event, text[(1 + digest.Length)..]);
        SHA256.HashData(text[..length], digest);
        return new ContentHash(BinaryPrimitives.ReadUInt64BigEndian(digest), BinaryPrimitives.ReadUInt64BigEndian(digest[8..]));
    }
}
