using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Probes;

/// <summary>What carries a probe's requests: which HTTP, and whom it trusts where the address is one of <c>https</c>.</summary>
internal sealed record ProbeCarrier
{
    /// <summary>HTTP/1.1.</summary>
    public static readonly ProbeCarrier Http1 = new();

    /// <summary>HTTP/2: by ALPN over TLS, by prior knowledge in clear text.</summary>
    public static readonly ProbeCarrier Http2 = new() { Version = HttpVersion.Version20 };

    /// <summary>The version of HTTP, exactly: 1.1 by default, or 2.0.</summary>
    public Version Version { get; init; } = HttpVersion.Version11;

    /// <summary>The one certificate that a server may show, whoever signed it; null asks the system.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Certificates that are trusted, and those that they signed, in place of the system's; null trusts the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Whether any certificate is taken: only where what else is wrong is to be found out.</summary>
    public bool TakesAny { get; init; }

    /// <summary>Whether the streams of a connection are HTTP/2's.</summary>
    public bool IsHttp2 => Version.Major == 2;

    /// <summary>Why what a server shows is not taken, for a person; null if it is.</summary>
    public string? WhyNot(X509Certificate? shown, X509Chain? chain, SslPolicyErrors faults)
    {
        if (TakesAny || (Roots is null && Trusts(shown, faults == SslPolicyErrors.None)))
        {
            return null;
        }

        if (shown is null || Certificate is not null)
        {
            return shown is null ? "it shows none" : "it shows another one than expected";
        }

        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        if (faults.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"it is for {Names(certificate)}; ask for the server by that name, or have a certificate made for this one";
        }

        using var own = new X509Chain();
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (Roots is { } roots)
        {
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(roots);
        }

        if (chain is not null)
        {
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(static element => element.Certificate).ToArray());
        }


        if (own.Build(certificate))
        {
            return null;
        }

        X509ChainStatusFlags status = own.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        return status.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? string.Create(CultureInfo.InvariantCulture, $"it holds from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}; renew it, or set this machine's clock")
            : (status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0
                ? Roots is null ? "nobody that this machine trusts has signed it; name who has with --cacert FILE" : "none of the certificates of --cacert has signed it"
                : $"its chain is not in order ({status})";
    }

    /// <summary>Under this key an exception of TLS has why the certificate is not trusted.</summary>
    public const string WhyKey = "godwit.certificate";

    private static string Names(X509Certificate2 certificate)
    {
        string[] names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => address.ToString()))).Take(4)];
        return names.Length > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    /// <summary>Whether to take what a server shows.</summary>
    public bool Trusts(X509Certificate? shown, bool valid) => Certificate is { } expected ? shown is not null && expected.GetRawCertData().AsSpan().SequenceEqual(shown.GetRawCertData()) : valid;
}
