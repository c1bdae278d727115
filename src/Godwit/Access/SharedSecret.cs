namespace Godwit.Access;

/// <summary>A key that servers, or servers and backends, sign with and keep to themselves: of session tokens, of HS256 tokens. Nothing that prints it shows its octets.</summary>
public sealed class SharedSecret
{
    /// <summary>The fewest octets: as many as HMAC-SHA-256 gives, so that the key is not the weaker part (RFC 2104, section 3).</summary>
    public const int LeastLength = 32;

    /// <summary>The most octets.</summary>
    public const int MostLength = 1024;

    private readonly byte[] _octets;

    /// <summary>Makes a key of random octets, which are copied.</summary>
    /// <param name="octets">32 to 1,024 octets that nobody can guess, the same on every server.</param>
    /// <exception cref="ArgumentException">They are too few or too many.</exception>
    public SharedSecret(ReadOnlySpan<byte> octets)
    {
        if (octets.Length is < LeastLength or > MostLength)
        {
            throw new ArgumentException($"A secret has {LeastLength} to {MostLength} octets.", nameof(octets));
        }

        _octets = octets.ToArray();
    }

    /// <summary>The octets, for whoever signs and verifies.</summary>
    internal ReadOnlySpan<byte> Octets => _octets;

    /// <summary>Says that there is a key, and nothing of it.</summary>
    public override string ToString() => "(secret)";
}
