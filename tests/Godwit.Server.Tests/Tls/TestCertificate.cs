using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Tls;

/// <summary>The certificate of the servers inside the tests' own process.</summary>
internal static class TestCertificate
{
    public static readonly X509Certificate2 Local = DevelopmentCertificate.Create([], 2, TimeProvider.System.GetUtcNow());
}
