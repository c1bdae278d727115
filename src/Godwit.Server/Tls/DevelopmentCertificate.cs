using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Tls;

/// <summary>A certificate for this machine that signs itself: ECDSA on P-256, for servers alone.</summary>
/// <remarks>It is no authority, so that whoever trusts it trusts this one server and nothing that its key might sign.</remarks>
internal static class DevelopmentCertificate
{
    /// <summary>The longest life that browsers take.</summary>
    public const int MaxDays = 397;

    /// <summary>Its life unless it is said.</summary>
    public const int DefaultDays = 90;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // Clocks of the same machine's guests and containers may be behind.
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>Makes one for <c>localhost</c>, <c>127.0.0.1</c>, <c>::1</c> and other hosts.</summary>
    /// <param name="hosts">DNS names and IP addresses.</param>
    /// <param name="days">1 to <see cref="MaxDays"/>.</param>
    /// <param name="now">When its life begins.</param>
    /// <returns>The certificate with its key.</returns>
    public static X509Certificate2 Create(IEnumerable<string> hosts, int days, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Godwit development", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(Names(hosts));
        return request.CreateSelfSigned(now - Early, now.AddDays(days) - Early);
    }

    private static X509Extension Names(IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in (string[])["localhost", "127.0.0.1", "::1", .. hosts])
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }
}
