using System.Security.Cryptography;
using Godwit.Access;
using HashAlgorithm = Org.BouncyCastle.Tls.HashAlgorithm;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Dtls;

/// <summary>The server's part in a handshake: DTLS 1.2, one cipher suite, and a client that shows the certificate which its offer has announced.</summary>
/// <param name="identity">Who we are.</param>
/// <param name="expected">The fingerprints of the offer, one of which the client's certificate must have.</param>
internal sealed class HandshakeServer(DtlsIdentity identity, IReadOnlyList<byte[]> expected) : DefaultTlsServer(DtlsIdentity.Crypto)
{
    /// <summary>How long a handshake may take.</summary>
    public const int LimitMillis = 10_000;

    private const int ResendMillis = 400;

    // What every implementation of WebRTC has to have (RFC 8827 section 6.5).
    private static readonly int[] CipherSuites = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

    private static readonly short[] ClientCertificates = [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign];

    private static readonly SignatureAndHashAlgorithm Signature = new(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa);

    // What clients may sign with: certificates of their own making are of ECDSA by default everywhere, of RSA where the page asks for it.
    private static readonly SignatureAndHashAlgorithm[] ClientSignatures =
    [
        Signature,
        new(HashAlgorithm.sha384, SignatureAlgorithm.ecdsa),
        new(HashAlgorithm.sha512, SignatureAlgorithm.ecdsa),
        SignatureAndHashAlgorithm.rsa_pss_rsae_sha256,
        new(HashAlgorithm.sha256, SignatureAlgorithm.rsa),
    ];

    private UseSrtpData? _srtp;

    /// <summary>The keys; null until the handshake is done.</summary>
    public DtlsKeys? Keys { get; private set; }

    /// <inheritdoc/>
    public override int GetHandshakeTimeoutMillis() => LimitMillis;

    /// <inheritdoc/>
    public override int GetHandshakeResendTimeMillis() => ResendMillis;

    /// <inheritdoc/>
    public override CertificateRequest GetCertificateRequest() =>
        new(ClientCertificates, ClientSignatures, null);

    /// <inheritdoc/>
    public override bool IgnoreCorruptDtlsRecords => true;

    /// <inheritdoc/>
    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        _srtp = clientExtensions is null ? null : TlsSrtpUtilities.GetUseSrtpExtension(clientExtensions);
    }

    /// <inheritdoc/>
    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        IDictionary<int, byte[]> extensions = TlsExtensionsUtilities.EnsureExtensionsInitialised(base.GetServerExtensions());
        if (_srtp is { ProtectionProfiles: [int profile, ..] })
        {
            // No media will ever come; but werift, which offers profiles with data channels alone, ends a connection that has none.
            TlsSrtpUtilities.AddUseSrtpExtension(extensions, new UseSrtpData([profile], TlsUtilities.EmptyBytes));
        }

        return extensions;
    }

    /// <inheritdoc/>
    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        if (clientCertificate is null || clientCertificate.IsEmpty)
        {
            throw new TlsFatalAlert(AlertDescription.handshake_failure, "The client shows no certificate.");
        }

        byte[] shown = DtlsFingerprint.Of(clientCertificate.GetCertificateAt(0).GetEncoded());
        foreach (byte[] one in expected)
        {
            if (SecretComparison.AreSame(shown, one))
            {
                return;
            }
        }

        throw new TlsFatalAlert(AlertDescription.bad_certificate, "The client's certificate is not the one of its offer.");
    }

    /// <inheritdoc/>
    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        byte[] block = TlsImplUtilities.CalculateKeyBlock(new TlsCryptoParameters(m_context), DtlsKeys.BlockLength);
        Keys = DtlsKeys.Cut(block, isServer: true);
        CryptographicOperations.ZeroMemory(block);
    }

    /// <inheritdoc/>
    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    /// <inheritdoc/>
    protected override int[] GetSupportedCipherSuites() => CipherSuites;

    /// <inheritdoc/>
    protected override TlsCredentialedSigner GetECDsaSignerCredentials() =>
        new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(m_context), DtlsIdentity.Crypto, identity.Key, identity.Certificates, Signature);
}
