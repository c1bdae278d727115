namespace Godwit.WebRtc.Dtls;

/// <summary>What a handshake comes to: the keys of TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 for both directions (RFC 5246 section 6.3, RFC 5288).</summary>
/// <param name="ReadKey">The peer writes with it.</param>
/// <param name="ReadSalt">The fixed part of the peer's nonces.</param>
/// <param name="WriteKey">We write with it.</param>
/// <param name="WriteSalt">The fixed part of our nonces.</param>
internal sealed record DtlsKeys(byte[] ReadKey, byte[] ReadSalt, byte[] WriteKey, byte[] WriteSalt)
{
    /// <summary>The octets of a key.</summary>
    public const int KeyLength = 16;

    /// <summary>The octets of the fixed part of a nonce.</summary>
    public const int SaltLength = 4;

    /// <summary>The octets of the block that all keys are cut from.</summary>
    public const int BlockLength = 2 * (KeyLength + SaltLength);

    /// <summary>Cuts the block of keys.</summary>
    /// <param name="block">The block: the client's key, the server's, the client's salt, the server's.</param>
    /// <param name="isServer">Whether we are the server.</param>
    public static DtlsKeys Cut(ReadOnlySpan<byte> block, bool isServer)
    {
        byte[] clientKey = block[..KeyLength].ToArray();
        byte[] serverKey = block.Slice(KeyLength, KeyLength).ToArray();
        byte[] clientSalt = block.Slice(2 * KeyLength, SaltLength).ToArray();
        byte[] serverSalt = block.Slice((2 * KeyLength) + SaltLength, SaltLength).ToArray();
        return isServer ? new DtlsKeys(clientKey, clientSalt, serverKey, serverSalt) : new DtlsKeys(serverKey, serverSalt, clientKey, clientSalt);
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(DtlsKeys);
}
