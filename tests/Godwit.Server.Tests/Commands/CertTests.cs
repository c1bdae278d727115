using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Commands;

public sealed class CertTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-cert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_makes_a_certificate_for_this_machine_that_a_server_takes()
    {
        string folder = Path.Combine(_folder, "new");
        (int code, string output, string errors) = await GodwitProcess.RunAsync(["cert", "--out", folder, "--host", "devbox.test", "--host", "192.0.2.7"]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"--tls-cert {Path.Combine(folder, "cert.pem")} --tls-key {Path.Combine(folder, "key.pem")}", output, StringComparison.Ordinal);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "cert.pem"));
        Assert.All((string[])["localhost", "127.0.0.1", "::1", "devbox.test", "192.0.2.7"], host => Assert.True(certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false)));
        Assert.Equal(90, (certificate.NotAfter - certificate.NotBefore).TotalDays, 0.001);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "key.pem")));
        }

        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(
            ["--listen", "https://localhost:0", "--tls-cert", Path.Combine(folder, "cert.pem"), "--tls-key", Path.Combine(folder, "key.pem")]);
        Assert.Contains($"Rooms:    https://localhost:{godwit.Addresses[0].Port}/rt/rooms/", godwit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_overwrites_nothing_unless_it_is_told_to()
    {
        string key = Path.Combine(_folder, "key.pem");
        await File.WriteAllTextAsync(key, "mine", TestContext.Current.CancellationToken);

        (int code, string output, string errors) = await GodwitProcess.RunAsync(["cert", "--out", _folder]);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("key.pem is there already", errors, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(_folder));

        Assert.Equal(0, (await GodwitProcess.RunAsync(["cert", "--out", _folder, "--force"])).ExitCode);
        Assert.Contains("PRIVATE KEY", await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--days", "0", "not a number from 1 to 397")]
    [InlineData("--days", "398", "not a number from 1 to 397")]
    [InlineData("--days", "x", "not a number from 1 to 397")]
    [InlineData("--host", "a b", "neither a host name nor an IP address")]
    [InlineData("--host", "", "neither a host name nor an IP address")]
    public async Task What_cannot_stand_in_a_certificate_is_refused(string flag, string value, string reason)
    {
        (int code, _, string errors) = await GodwitProcess.RunAsync(["cert", "--out", _folder, flag, value]);

        Assert.Equal(2, code);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
