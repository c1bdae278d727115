using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Godwit.Brokers;
using Godwit.Brokers.Memory;

namespace Godwit.Redis.Logs;

/// <summary>Under what an idempotency key is remembered, and what is remembered of the content.</summary>
internal static class KeyNames
{
    /// <summary>The name of the key of Redis within the room: a hash, since keys and publishers are of any text.</summary>
    public static string Of(PublishKey key)
    {
        // The length tells apart what would be the same text.
        int ofPublisher = Encoding.UTF8.GetByteCount(key.Publisher);
        byte[] text = new byte[sizeof(int) + ofPublisher + Encoding.UTF8.GetByteCount(key.Key)];
        BinaryPrimitives.WriteInt32BigEndian(text, ofPublisher);
        int at = sizeof(int) + Encoding.UTF8.GetBytes(key.Publisher, text.AsSpan(sizeof(int)));
        Encoding.UTF8.GetBytes(key.Key, text.AsSpan(at));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        return "key:" + Convert.ToHexStringLower(digest[..16]);
    }

    /// <summary>128 bits of a hash of the content.</summary>
    public static string Hash(in EntryContent content)
    {
        var hash = ContentHash.Of(content);
        return $"{hash.High:x16}{hash.Low:x16}";
    }
}
