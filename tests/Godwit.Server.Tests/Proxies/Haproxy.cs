using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Docs;
using Godwit.Server.Tests.Tls;

namespace Godwit.Server.Tests.Proxies;

/// <summary>HAProxy with the configuration that docs/operations has, in front of two servers at this machine.</summary>
internal sealed class Haproxy : IAsyncDisposable
{
    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-haproxy-").FullName;
    private readonly StringBuilder _log = new();
    private readonly StringBuilder _errors = new();
    private readonly Process _process;
    private readonly int _port;

    private Haproxy(string one, string two, (string What, string With)[] changes)
    {
        _port = FreePort();
        using (ECDsa key = TestCertificate.Local.GetECDsaPrivateKey()!)
        {
            File.WriteAllText(Path.Combine(_folder, "rt.pem"), $"{TestCertificate.Local.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        }

        string text = changes.Aggregate(Configuration, static (text, change) => Replace(text, change.What, change.With));
        text = Replace(text, "127.0.0.1:8080", one);
        text = Replace(text, "127.0.0.1:8081", two);
        text = Replace(text, "bind :443 ssl crt /etc/ssl/rt.example.com/", $"bind 127.0.0.1:{_port} ssl crt {_folder}/");
        text = Replace(text, "log /dev/log local0", "log stdout format raw local0");

        // Whoever runs the tests may not become another user.
        text = Replace(text, "    user haproxy\n    group haproxy\n", "");
        File.WriteAllText(Path.Combine(_folder, "haproxy.cfg"), text);
        _process = Process.Start(new ProcessStartInfo(Program, ["-db", "-f", Path.Combine(_folder, "haproxy.cfg")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, line) => Append(_log, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The configuration, as the document has it.</summary>
    public static string Configuration
    {
        get
        {
            using var file = new StreamReader(typeof(Haproxy).Assembly.GetManifestResourceStream("operations/haproxy.cfg")!);
            return file.ReadToEnd();
        }
    }

    /// <summary>An address at which nothing is, for a server that has gone.</summary>
    public static string Nowhere => "127.0.0.1:1";

    /// <summary>Where the world comes to.</summary>
    public Uri Root => new($"https://127.0.0.1:{_port}");

    /// <summary>Where it listens.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>Where rooms are for the world.</summary>
    public Uri Mount => new(Root, "rt");

    /// <summary>What it has logged of requests so far.</summary>
    public string Log => Text(_log);

    /// <summary>What it complained of.</summary>
    public string Errors => Text(_errors);

    private static string Program => File.Exists("/usr/sbin/haproxy") ? "/usr/sbin/haproxy" : "haproxy";

    /// <summary>Starts HAProxy, and returns once it listens; skips the test where there is none.</summary>
    /// <param name="one">The first server, host and port.</param>
    /// <param name="two">The second, or <see cref="Nowhere"/>.</param>
    /// <param name="changes">What of the configuration is another text: each first becomes the second.</param>
    public static async Task<Haproxy> StartAsync(string one, string two, params (string What, string With)[] changes)
    {
        if (Program == "haproxy")
        {
            Terminal.SkipUnlessPresent("haproxy");
        }

        var haproxy = new Haproxy(one, two, changes);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await haproxy.AnswersAsync(patience.Token))
        {
            if (haproxy._process.HasExited)
            {
                await haproxy._process.WaitForExitAsync(patience.Token);
                string why = haproxy.Errors;
                await haproxy.DisposeAsync();
                Assert.Fail($"HAProxy does not start:\n{why}");
            }
        }

        return haproxy;
    }

    /// <summary>A room of the servers, through HAProxy.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="http2">Whether it is asked for over HTTP/2; WebSockets then too (RFC 8441).</param>
    public ProbeTarget Room(string name, bool http2 = true) => new()
    {
        Mount = Mount,
        Room = name,
        Carrier = (http2 ? ProbeCarrier.Http2 : ProbeCarrier.Http1) with { Certificate = TestCertificate.Local },
    };

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private static string Replace(string text, string what, string with)
    {
        Assert.Contains(what, text, StringComparison.Ordinal);
        return text.Replace(what, with, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _port, cancel);
            return true;
        }
        catch (SocketException)
        {
            await Task.Delay(20, cancel);
            return false;
        }
    }
}
