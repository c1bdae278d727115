using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Tls;

/// <summary>A certificate with its key and its chain, checked: what handshakes are answered with.</summary>
internal sealed class TlsMaterial
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    // TLS libraries of clients and servers refuse shorter ones; it would show at every handshake only.
    private const int LeastRsaBits = 2048;

    private TlsMaterial(X509Certificate2 certificate, X509Certificate2Collection chain, string source)
    {
        Source = source;
        NotAfter = certificate.NotAfter;

        // Offline: what the files hold is what clients get; nothing is fetched to complete or to staple it.
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>What handshakes are given.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>When the certificate expires, in local time.</summary>
    public DateTime NotAfter { get; }

    /// <summary>Which content of the files it was made of: <see cref="TlsFiles.Content.Digest"/>.</summary>
    public string Source { get; }

    /// <summary>Makes material of what two files hold.</summary>
    /// <param name="pair">The files' content.</param>
    /// <param name="now">The time at which it must be valid.</param>
    /// <param name="faults">What is wrong, if the result is null.</param>
    public static TlsMaterial? Parse(TlsFiles.Content pair, DateTimeOffset now, List<TlsFault> faults)
    {
        int before = faults.Count;
        X509Certificate2Collection chain = Certificates(pair.Certificate, faults);
        using AsymmetricAlgorithm? key = Key(pair.Key, faults);
        X509Certificate2? leaf = chain.Count > 0 ? chain[0] : null;
        if (leaf is not null)
        {
            Check(leaf, now, faults);
            if (key is not null && WithKey(leaf, key) is { } certificate)
            {
                if (faults.Count == before)
                {
                    chain.RemoveAt(0);
                    return new TlsMaterial(certificate, chain, pair.Digest);
                }

                certificate.Dispose();
            }
            else if (key is not null)
            {
                faults.Add(new TlsFault(TlsFile.Key, "its key does not belong to the first certificate of the certificate file"));
            }
        }

        return null;
    }

    private static X509Certificate2Collection Certificates(string pem, List<TlsFault> faults)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            certificates.Clear();
            faults.Add(new TlsFault(TlsFile.Certificate, "it holds a certificate that cannot be read"));
            return certificates;
        }

        if (certificates.Count == 0)
        {
            faults.Add(new TlsFault(TlsFile.Certificate, "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"));
        }

        return certificates;
    }

    private static AsymmetricAlgorithm? Key(string pem, List<TlsFault> faults)
    {
        if (pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            faults.Add(new TlsFault(TlsFile.Key, "its key is encrypted, and a server has nobody to ask for the password"));
            return null;
        }

        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            faults.Add(new TlsFault(TlsFile.Key, "it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"));
            return null;
        }

        foreach (AsymmetricAlgorithm algorithm in (AsymmetricAlgorithm[])[RSA.Create(), ECDsa.Create()])
        {
            try
            {
                algorithm.ImportFromPem(pem);
                return algorithm;
            }
            catch (Exception fault) when (fault is CryptographicException or ArgumentException)
            {
                algorithm.Dispose();
            }
        }

        faults.Add(new TlsFault(TlsFile.Key, "it holds no key that can be read as RSA or ECDSA"));
        return null;
    }

    private static void Check(X509Certificate2 leaf, DateTimeOffset now, List<TlsFault> faults)
    {
        if (leaf.NotBefore.ToUniversalTime() > now.UtcDateTime)
        {
            faults.Add(new TlsFault(TlsFile.Certificate, $"its certificate is not valid before {Date(leaf.NotBefore)}"));
        }

        if (leaf.NotAfter.ToUniversalTime() <= now.UtcDateTime)
        {
            faults.Add(new TlsFault(TlsFile.Certificate, $"its certificate expired at {Date(leaf.NotAfter)}"));
        }

        if (leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.EnhancedKeyUsages.Cast<Oid>().Any(allowed => allowed.Value is ServerAuthentication or AnyUsage))
        {
            faults.Add(new TlsFault(TlsFile.Certificate, "its first certificate is not one for servers (extended key usage)"));
        }

        using RSA? rsa = leaf.GetRSAPublicKey();
        if (rsa?.KeySize < LeastRsaBits)
        {
            faults.Add(new TlsFault(TlsFile.Certificate, $"its RSA key of {rsa.KeySize} bits is too short for TLS, which takes {LeastRsaBits} and more"));
        }
    }

    private static X509Certificate2? WithKey(X509Certificate2 leaf, AsymmetricAlgorithm key)
    {
        try
        {
            X509Certificate2 certificate = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
            if (!OperatingSystem.IsWindows())
            {
                return certificate;
            }

            // There TLS cannot use a key that was never in a store.
            using (certificate)
            {
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
            }
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or CryptographicException)
        {
            return null;
        }
    }

    private static string Date(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
