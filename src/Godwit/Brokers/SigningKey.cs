using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Godwit.Brokers;

/// <summary>A secret that servers sign with, and its name. Nothing that prints it shows its octets.</summary>
public sealed class SigningKey
{
    /// <summary>The octets of a key that is drawn: as many as HMAC-SHA-256 gives, so that the key is not the weaker part (RFC 2104, section 3).</summary>
    public const int DrawnLength = 32;

    private readonly byte[] _secret;
    private IncrementalHash? _idle;

    /// <summary>Names a secret.</summary>
    /// <param name="id">Its name, which is no secret: what was signed with it says so. Two keys of a ring have different ones.</param>
    /// <param name="secret">32 octets or more that nobody can guess; they are copied.</param>
    /// <exception cref="ArgumentException">The octets are too few.</exception>
    public SigningKey(ulong id, ReadOnlySpan<byte> secret)
    {
        if (secret.Length < DrawnLength)
        {
            throw new ArgumentException($"A signing key has {DrawnLength} octets or more.", nameof(secret));
        }

        Id = id;
        _secret = secret.ToArray();
    }

    /// <summary>Its name.</summary>
    public ulong Id { get; }

    /// <summary>The octets, for whoever signs, verifies or stores them.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Draws a key: 256 random bits, and 64 for its name.</summary>
    public static SigningKey Draw()
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong) + DrawnLength];
        RandomNumberGenerator.Fill(octets);
        var key = new SigningKey(BinaryPrimitives.ReadUInt64BigEndian(octets), octets[sizeof(ulong)..]);
        CryptographicOperations.ZeroMemory(octets);
        return key;
    }

    /// <summary>Signs two texts, one behind the other, with HMAC-SHA-256 (RFC 2104).</summary>
    /// <param name="first">Its length has to be a fixed one, so that nothing of <paramref name="second"/> can be taken for a part of it.</param>
    /// <param name="second">What follows it.</param>
    /// <param name="signature">As many octets as a hash of SHA-256 has.</param>
    internal void Sign(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> signature)
    {
        // To set one up takes longer than to use it, so the last one is kept for whoever comes next.
        IncrementalHash hash = Interlocked.Exchange(ref _idle, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.GetHashAndReset(signature);
        Interlocked.Exchange(ref _idle, hash)?.Dispose();
    }

    /// <summary>The name alone.</summary>
    public override string ToString() => $"{Id:x16}";
}
