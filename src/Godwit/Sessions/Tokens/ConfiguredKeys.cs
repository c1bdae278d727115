using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Access;
using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>Keys that the configuration gives: the first signs, all of them verify, and nothing rotates by time.</summary>
internal sealed class ConfiguredKeys(IEnumerable<SharedSecret> secrets) : TokenKeys
{
    private readonly KeyRing _ring = new(secrets.Select(Name), Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public override ValueTask<KeyRing> GetAsync(CancellationToken cancel) => ValueTask.FromResult(_ring);

    /// <inheritdoc/>
    public override ValueTask<KeyRing> GetWithAsync(ulong id, CancellationToken cancel) => ValueTask.FromResult(_ring);

    // Every server must find the same name; a keyed hash gives no more of the secret away than the tokens do.
    private static SigningKey Name(SharedSecret secret)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Octets, "godwit session key id"u8, hash);
        return new SigningKey(BinaryPrimitives.ReadUInt64BigEndian(hash), secret.Octets);
    }
}
