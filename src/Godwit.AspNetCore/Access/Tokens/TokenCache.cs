using System.Security.Cryptography;
using System.Text;
using Godwit.Access;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>Tokens that were found good lately, so that a client that polls has its signature verified once in a while and not each time.</summary>
/// <remarks>
/// Known by hash: the text of no credential is kept. Nothing is found that was verified with other keys than those of now, or
/// longer than five minutes ago.
/// </remarks>
internal sealed class TokenCache(TimeProvider time)
{
    private const int HalfSize = 8192;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private readonly RecentlyKnown<UInt128, Known> _known = new(HalfSize);

    /// <summary>The caller of a token; null if it is to be checked.</summary>
    /// <param name="text">The token.</param>
    /// <param name="version">The version of the keys.</param>
    public Caller? Find(string text, long version) =>
        _known.TryFind(HashOf(text), out Known known) && known.Version == version && time.GetElapsedTime(known.Since) < Life ? known.Caller : null;

    /// <summary>Notes a token that is good.</summary>
    public void Add(string text, long version, Caller caller) => _known.Note(HashOf(text), new Known(caller, version, time.GetTimestamp()));

    // 128 bits of SHA-256: nobody finds a second token with the hash of a good one.
    private static UInt128 HashOf(string text)
    {
        Span<byte> octets = stackalloc byte[PresentedCredential.MaxLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets[..Encoding.Latin1.GetBytes(text, octets)], hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private readonly record struct Known(Caller Caller, long Version, long Since);
}
