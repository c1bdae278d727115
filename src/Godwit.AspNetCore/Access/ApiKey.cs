using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.Access;

namespace Godwit.AspNetCore;

/// <summary>An API key of a backend, as the server knows it: by its hash.</summary>
/// <param name="Name">What logs and idempotency keys call it: 1 to 64 of <c>A-Z a-z 0-9 _ . -</c>.</param>
/// <param name="Hash">SHA-256 of the key's text, 32 octets. The key is 256 random bits, so nothing slower is needed.</param>
/// <param name="Grants">What it may do, in which rooms.</param>
public sealed record ApiKey(string Name, ReadOnlyMemory<byte> Hash, Grants Grants)
{
    /// <summary>What every key begins with, so that one in the wrong place is found.</summary>
    public const string Prefix = "gk_";

    private const int Octets = 32;

    /// <summary>Whether it may administrate.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>Makes the text of a new key: <c>gk_</c> and 256 random bits in base64url.</summary>
    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets));

    /// <summary>The hash by which the server knows a key.</summary>
    /// <param name="key">The key's text.</param>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The name, and nothing else.</summary>
    public override string ToString() => Name;
}
