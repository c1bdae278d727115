using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Godwit.WebRtc.Dtls;

/// <summary>BouncyCastle's functions, with an eye on what comes encrypted: also who has shown its certificate must not announce what nobody has room for.</summary>
internal sealed class HandshakeCrypto() : BcTlsCrypto(new SecureRandom())
{
    /// <inheritdoc/>
    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm) =>
        new ModestCipher(base.CreateCipher(cryptoParams, encryptionAlgorithm, macAlgorithm));
}

/// <summary>A cipher that opens no record with messages of a handshake that announce too much; such a record counts as a corrupt one, which is dropped.</summary>
internal sealed class ModestCipher(TlsCipher cipher) : TlsCipher
{
    /// <inheritdoc/>
    public bool UsesOpaqueRecordType => cipher.UsesOpaqueRecordType;

    /// <inheritdoc/>
    public int GetCiphertextDecodeLimit(int plaintextLimit) => cipher.GetCiphertextDecodeLimit(plaintextLimit);

    /// <inheritdoc/>
    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => cipher.GetCiphertextEncodeLimit(plaintextLength, plaintextLimit);

    /// <inheritdoc/>
    public int GetPlaintextLimit(int ciphertextLimit) => cipher.GetPlaintextLimit(ciphertextLimit);

    /// <inheritdoc/>
    public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        cipher.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext, offset, len);

    /// <inheritdoc/>
    public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext) =>
        cipher.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext);

    /// <inheritdoc/>
    public TlsDecodeResult DecodeCiphertext(long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        TlsDecodeResult opened = cipher.DecodeCiphertext(seqNo, recordType, recordVersion, ciphertext, offset, len);
        return opened.contentType != ContentType.handshake || HandshakeMessages.AreModest(opened.buf.AsSpan(opened.off, opened.len))
            ? opened
            : throw new TlsFatalAlert(AlertDescription.bad_record_mac);
    }

    /// <inheritdoc/>
    public void RekeyDecoder() => cipher.RekeyDecoder();

    /// <inheritdoc/>
    public void RekeyEncoder() => cipher.RekeyEncoder();
}
