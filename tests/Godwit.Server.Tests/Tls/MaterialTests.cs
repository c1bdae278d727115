using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tests.Configuration;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Tls;

/// <summary>What the files of the TLS material may hold, and what a person is told otherwise.</summary>
public sealed class MaterialTests : IDisposable
{
    private static readonly string[] Https = ["--listen", "https://localhost:0"];

    private readonly TlsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_certificate_with_its_key_is_taken()
    {
        Assert.NotNull(Loading.Settings(flags: [.. Https, .. _folder.Flags]).Tls);
    }

    [Theory]
    [InlineData("rsa pkcs8")]
    [InlineData("rsa pkcs1")]
    [InlineData("ec sec1")]
    public void A_key_may_stand_in_each_of_its_PEM_forms(string form)
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = form.StartsWith("rsa", StringComparison.Ordinal)
            ? new CertificateRequest("CN=test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=test", ecdsa, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(_folder.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(_folder.Key, form switch
        {
            "rsa pkcs8" => rsa.ExportPkcs8PrivateKeyPem(),
            "rsa pkcs1" => rsa.ExportRSAPrivateKeyPem(),
            _ => ecdsa.ExportECPrivateKeyPem(),
        });

        Assert.NotNull(Loading.Settings(flags: [.. Https, .. _folder.Flags]).Tls);
    }

    [Fact]
    public void The_chain_stands_behind_the_certificate()
    {
        using X509Certificate2 other = TlsFolder.Make();
        File.AppendAllText(_folder.Certificate, "\n" + other.ExportCertificatePem());
        Assert.NotNull(Loading.Settings(flags: [.. Https, .. _folder.Flags]).Tls);

        // The other way round the key does not belong to the first.
        using X509Certificate2 mine = TlsFolder.Make();
        File.WriteAllText(_folder.Certificate, other.ExportCertificatePem() + "\n" + mine.ExportCertificatePem());
        File.WriteAllText(_folder.Key, TlsFolder.KeyOf(mine));
        AssertFault("--tls-key", _folder.Key, "does not belong to the first certificate");
    }

    [Fact]
    public void An_https_address_without_material_is_a_fault_for_each_that_is_missing()
    {
        Assert.Equal(
            [
                "--listen: listen[0]: https://localhost:0 needs tls.cert; give it with --tls-cert; godwit cert makes a certificate for development.",
                "--listen: listen[0]: https://localhost:0 needs tls.key; give it with --tls-key; godwit cert makes a certificate for development.",
            ],
            Loading.Faults(flags: Https));
    }

    [Fact]
    public void Material_without_an_https_address_is_a_fault()
    {
        Assert.All(Loading.Faults(flags: ["--listen", "h2c://localhost:0", .. _folder.Flags]), fault => Assert.Contains("no address to listen at is one of https", fault, StringComparison.Ordinal));
        Assert.Contains("tls.key", Loading.Fault("""{ "tls": { "key": "k.pem" } }"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "holds no certificate in PEM")]
    [InlineData("nonsense", "holds no certificate in PEM")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "holds a certificate that cannot be read")]
    public void A_certificate_that_does_not_parse_is_named_with_the_reason(string content, string reason)
    {
        File.WriteAllText(_folder.Certificate, content);
        AssertFault("--tls-cert", _folder.Certificate, reason);
    }

    [Theory]
    [InlineData("", "holds no private key in PEM")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "holds no key that can be read")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n", "is encrypted")]
    public void A_key_that_does_not_parse_is_named_with_the_reason(string content, string reason)
    {
        File.WriteAllText(_folder.Key, content);
        AssertFault("--tls-key", _folder.Key, reason);
    }

    [Fact]
    public void A_key_of_another_certificate_is_a_fault()
    {
        using X509Certificate2 other = TlsFolder.Make();
        File.WriteAllText(_folder.Key, TlsFolder.KeyOf(other));
        AssertFault("--tls-key", _folder.Key, "does not belong");
        using RSA rsa = RSA.Create(2048);
        File.WriteAllText(_folder.Key, rsa.ExportPkcs8PrivateKeyPem());
        AssertFault("--tls-key", _folder.Key, "does not belong");
    }

    [Fact]
    public void A_certificate_is_taken_while_it_is_valid_alone()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _folder.Write(TlsFolder.Make(days: 1, from: now.AddDays(-2)));
        AssertFault("--tls-cert", _folder.Certificate, "expired at");
        _folder.Write(TlsFolder.Make(from: now.AddDays(1)));
        AssertFault("--tls-cert", _folder.Certificate, "is not valid before");
    }

    [Fact]
    public void A_certificate_that_clients_would_refuse_at_every_handshake_is_a_fault()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using RSA rsa = RSA.Create(1024);
        var request = new CertificateRequest("CN=test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        _folder.Write(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1)));

        string[] faults = Loading.Faults(flags: [.. Https, .. _folder.Flags]);

        Assert.Contains(faults, fault => fault.Contains("not one for servers", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("1024 bits", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_fault_of_both_files_is_told_with_all_others_and_nothing_is_started()
    {
        string missing = _folder.Key + ".missing";
        (int code, string output, string errors) = await GodwitProcess.RunAsync([.. Https, "--tls-cert", Path.GetDirectoryName(missing)!, "--tls-key", missing, "--mount", "x"]);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("3 faults", errors, StringComparison.Ordinal);
        Assert.Contains("it is a directory", errors, StringComparison.Ordinal);
        Assert.Contains("there is no such file", errors, StringComparison.Ordinal);
    }

    private void AssertFault(string flag, string file, string reason)
    {
        string fault = Loading.Fault(flags: [.. Https, .. _folder.Flags]);
        Assert.StartsWith($"{flag}: ", fault, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(file), fault, StringComparison.Ordinal);
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }
}
