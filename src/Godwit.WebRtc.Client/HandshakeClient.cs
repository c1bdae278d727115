using Godwit.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Godwit.WebRtc.Client;

/// <summary>The client's part in a handshake, as a browser plays it.</summary>
/// <param name="shown">The certificate that it shows; null for none.</param>
/// <param name="expected">The fingerprint of the answer.</param>
internal sealed class HandshakeClient(DtlsIdentity? shown, byte[] expected) : DefaultTlsClient(DtlsIdentity.Crypto)
{
    /// <summary>The keys; null until the handshake is done.</summary>
    public DtlsKeys? Keys { get; private set; }

    /// <summary>The alert that the server sent, or null.</summary>
    public short? Alert { get; private set; }

    /// <summary>Octets of an extension that nobody knows, to make the ClientHello longer than a datagram.</summary>
    public int Padding { get; init; }

    public override int GetHandshakeTimeoutMillis() => 60_000;

    public override int GetHandshakeResendTimeMillis() => 300;

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        IDictionary<int, byte[]> extensions = base.GetClientExtensions();
        if (Padding > 0)
        {
            extensions[0xFAFA] = new byte[Padding];
        }

        return extensions;
    }

    public override TlsAuthentication GetAuthentication() => new Authentication(this);

    public override void NotifyAlertReceived(short alertLevel, short alertDescription) => Alert = alertDescription;

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Keys = DtlsKeys.Cut(TlsImplUtilities.CalculateKeyBlock(new TlsCryptoParameters(m_context), DtlsKeys.BlockLength), isServer: false);
    }

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

    protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

    private sealed class Authentication(HandshakeClient client) : TlsAuthentication
    {
        public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
        {
            byte[] certificate = serverCertificate.Certificate.GetCertificateAt(0).GetEncoded();
            if (!DtlsFingerprint.Of(certificate).AsSpan().SequenceEqual(client.Expected))
            {
                throw new TlsFatalAlert(AlertDescription.bad_certificate);
            }
        }

        public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) => client.Shown is not { } shown ? null
            : new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(client.m_context), DtlsIdentity.Crypto, shown.Key, shown.Certificates, new SignatureAndHashAlgorithm(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
    }

    private DtlsIdentity? Shown => shown;

    private byte[] Expected => expected;
}
