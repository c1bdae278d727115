using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;
using Godwit.Server.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Tls;

/// <summary>Material that changes while the server runs.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TlsFolder _folder = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly RecordingLog _log = new();
    private readonly LoggerFactory _loggers;

    public ReloadTests() => _loggers = new LoggerFactory([_log]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loggers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task New_handshakes_get_the_new_certificate_and_open_connections_go_on()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "https://localhost:0", .. _folder.Flags]);
        using X509Certificate2 before = X509CertificateLoader.LoadCertificateFromFile(_folder.Certificate);
        var target = new ProbeTarget { Mount = new Uri(godwit.Addresses[0], "rt"), Room = "lobby", Carrier = ProbeCarrier.Http2 with { Certificate = before } };
        List<ReaderProbe> readers = [.. ProbeTransports.All.Where(transport => transport.Streams()).Select(transport => ReaderProbe.Open(transport, target, ProbeStart.Now))];
        foreach (ReaderProbe reader in readers)
        {
            await reader.JoinAsync();
        }

        using X509Certificate2 after = TlsFolder.Make();
        _folder.Write(after);
        while (await ShownAsync(godwit.Addresses[0]) != after.Thumbprint)
        {
            Assert.False(Cancel.IsCancellationRequested);
        }

        long offset = (await Reading.PublishAsync(target with { Carrier = ProbeCarrier.Http2 with { Certificate = after } }, "1")).Offset;
        foreach (ReaderProbe reader in readers)
        {
            Assert.Equal(offset, (await reader.NextAsync(ProbeFrameKind.Entry)).Offset);
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_pair_is_taken_once_it_is_whole()
    {
        using TlsReload reload = Reload();
        string first = await ShownAsync(reload);
        using X509Certificate2 next = TlsFolder.Make();

        File.WriteAllText(_folder.Certificate, next.ExportCertificatePem());
        reload.Look();
        Assert.Equal(first, await ShownAsync(reload));

        File.WriteAllText(_folder.Key, TlsFolder.KeyOf(next));
        reload.Look();
        Assert.Equal(next.Thumbprint, await ShownAsync(reload));
        Assert.Empty(Errors());
    }

    [Fact]
    public void Looking_at_files_that_did_not_change_leaves_next_to_nothing_to_the_collector()
    {
        using TlsReload reload = Reload();
        reload.Look();
        long before = GC.GetAllocatedBytesForCurrentThread();
        reload.Look();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 10);
        Assert.Empty(Errors());
    }

    [Fact]
    public async Task A_pair_behind_symbolic_links_is_taken_when_the_links_move()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only some users make symbolic links.");
        using var other = new TlsFolder();
        string link = _folder.Certificate + ".d";
        Directory.CreateSymbolicLink(link, Path.GetDirectoryName(_folder.Certificate)!);
        var files = new TlsFiles(Path.Combine(link, "cert.pem"), Path.Combine(link, "key.pem"));
        using TlsReload reload = Reload(files);

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, Path.GetDirectoryName(other.Certificate)!);
        reload.Look();

        using X509Certificate2 expected = X509CertificateLoader.LoadCertificateFromFile(other.Certificate);
        Assert.Equal(expected.Thumbprint, await ShownAsync(reload));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("nonsense")]
    [InlineData("expired")]
    [InlineData("mismatch")]
    public async Task A_pair_that_is_not_in_order_is_logged_once_and_the_old_one_stays(string fault)
    {
        using TlsReload reload = Reload();
        string first = await ShownAsync(reload);

        Break(fault);
        for (int i = 0; i < 5; i++)
        {
            reload.Look();
        }

        Assert.Equal(first, await ShownAsync(reload));
        Assert.Contains(Path.GetDirectoryName(_folder.Certificate)!, Assert.Single(Errors()), StringComparison.Ordinal);

        // Another change is another fault, and a right pair is taken after all.
        File.WriteAllText(_folder.Certificate, "something else");
        reload.Look();
        reload.Look();
        Assert.Equal(2, Errors().Length);
        using X509Certificate2 next = TlsFolder.Make();
        _folder.Write(next);
        reload.Look();
        Assert.Equal(next.Thumbprint, await ShownAsync(reload));
        Assert.Equal(2, Errors().Length);
    }

    [Fact]
    public async Task A_certificate_that_came_early_is_taken_when_its_time_has_come()
    {
        using TlsReload reload = Reload();
        using X509Certificate2 next = TlsFolder.Make(from: _time.GetUtcNow().AddHours(1));
        _folder.Write(next);
        reload.Look();
        Assert.NotEqual(next.Thumbprint, await ShownAsync(reload));

        _time.Advance(TimeSpan.FromHours(2));
        reload.Look();

        Assert.Equal(next.Thumbprint, await ShownAsync(reload));
    }

    private void Break(string fault)
    {
        switch (fault)
        {
            case "missing":
                File.Delete(_folder.Certificate);
                break;
            case "nonsense":
                File.WriteAllText(_folder.Certificate, "nonsense");
                break;
            case "expired":
                _folder.Write(TlsFolder.Make(days: 1, from: _time.GetUtcNow().AddDays(-2)));
                break;
            default:
                File.WriteAllText(_folder.Certificate, TlsFolder.Make().ExportCertificatePem());
                File.WriteAllText(_folder.Key, TlsFolder.KeyOf(TlsFolder.Make()) + _folder.Certificate);
                break;
        }
    }

    private string[] Errors() => [.. _log.Texts];

    private TlsReload Reload(TlsFiles? files = null)
    {
        files ??= _folder.Files;
        var faults = new List<TlsFault>();
        TlsMaterial? material = files.Load(_time.GetUtcNow(), faults);
        Assert.Empty(faults);
        return new TlsReload(files, material!, _time, _loggers.CreateLogger<TlsReload>());
    }

    private static async Task<string> ShownAsync(TlsReload reload) =>
        (await reload.Handshake.OnConnection(null!)).ServerCertificateContext!.TargetCertificate.Thumbprint;

    private static async Task<string> ShownAsync(Uri address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, Cancel);
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Cancel);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }
}
