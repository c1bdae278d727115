using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsCertificates = Org.BouncyCastle.Tls.Certificate;

namespace Godwit.WebRtc.Dtls;

/// <summary>A key of ECDSA P-256 and its certificate, made at start and never stored: who it is, the answer's fingerprint says.</summary>
internal sealed class DtlsIdentity
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(365);

    private DtlsIdentity(TlsCertificates certificates, AsymmetricKeyParameter key, byte[] fingerprint)
    {
        Certificates = certificates;
        Key = key;
        Fingerprint = fingerprint;
    }

    /// <summary>Random numbers and functions; shared by all handshakes.</summary>
    public static BcTlsCrypto Crypto { get; } = new HandshakeCrypto();

    /// <summary>The chain: one certificate, signed by itself.</summary>
    public TlsCertificates Certificates { get; }

    /// <summary>The private key.</summary>
    public AsymmetricKeyParameter Key { get; }

    /// <summary>The SHA-256 of the certificate.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Makes one.</summary>
    public static DtlsIdentity Make(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Godwit", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = time.GetUtcNow();

        // A day back, for clients whose clock is behind; those of WebRTC look at the fingerprint alone.
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now + Life);
        var certificates = new TlsCertificates(new TlsCertificate[] { new BcTlsCertificate(Crypto, certificate.RawData) });
        return new DtlsIdentity(certificates, PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey()), DtlsFingerprint.Of(certificate.RawData));
    }
}
