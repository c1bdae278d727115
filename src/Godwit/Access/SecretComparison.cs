using System.Security.Cryptography;

namespace Godwit.Access;

/// <summary>The one place where secrets are compared: in a time that does not depend on what they are.</summary>
internal static class SecretComparison
{
    /// <summary>Whether two secrets, or their hashes or signatures, are the same. How long they are is no secret.</summary>
    public static bool AreSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(one, other);
}
