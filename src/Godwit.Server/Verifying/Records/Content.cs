using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Verifying.Records;

/// <summary>What an entry holds, by 128 bits of its SHA-256 and how it begins: a run of millions of entries keeps no text.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="Start">The first 60 characters, for reports.</param>
internal readonly record struct Content(UInt128 Hash, string Start)
{
    private const int Shown = 60;
    private const int OnStack = 1024;

    /// <summary>The content of a JSON text.</summary>
    public static Content Of(string text) => new(HashOf(text), text.Length <= Shown ? text : text[..Shown] + "…");

    /// <summary>The hash alone.</summary>
    public static UInt128 HashOf(string text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> octets = rented is null ? stackalloc byte[OnStack] : rented;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets[..Encoding.UTF8.GetBytes(text, octets)], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <inheritdoc/>
    public override string ToString() => Start;
}
