using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Tls;

/// <summary>A folder with a certificate and its key, as a server is given them. It goes when it is disposed.</summary>
internal sealed class TlsFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls-").FullName;

    public TlsFolder() => Write(Make());

    public TlsFiles Files => new(Certificate, Key);

    public string Certificate => Path.Combine(_folder, "cert.pem");

    public string Key => Path.Combine(_folder, "key.pem");

    /// <summary>The flags of a server that listens with them.</summary>
    public string[] Flags => ["--tls-cert", Certificate, "--tls-key", Key];

    public static X509Certificate2 Make(int days = 2, DateTimeOffset? from = null) => DevelopmentCertificate.Create([], days, from ?? TimeProvider.System.GetUtcNow());

    public static string KeyOf(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    public void Write(X509Certificate2 certificate)
    {
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, KeyOf(certificate));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
