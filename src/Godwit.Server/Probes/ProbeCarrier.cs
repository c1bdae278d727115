using System.Net;
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

    /// <summary>Whether the streams of a connection are HTTP/2's.</summary>
    public bool IsHttp2 => Version.Major == 2;

    /// <summary>Whether to take what a server shows.</summary>
    public bool Trusts(X509Certificate? shown, bool valid) => Certificate is { } expected ? shown is not null && expected.GetRawCertData().AsSpan().SequenceEqual(shown.GetRawCertData()) : valid;
}
