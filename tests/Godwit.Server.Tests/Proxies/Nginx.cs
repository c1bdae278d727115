using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Docs;
using Godwit.Server.Tests.Tls;

namespace Godwit.Server.Tests.Proxies;

/// <summary>nginx with the configuration of docs/operations/nginx.conf, in front of a server at this machine.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-nginx-").FullName;
    private readonly Process _process;
    private readonly int _port;

    private Nginx(Uri server, string site)
    {
        _port = FreePort();
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), TestCertificate.Local.ExportCertificatePem());
        using (ECDsa key = TestCertificate.Local.GetECDsaPrivateKey()!)
        {
            File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }

        site = Replace(site, "127.0.0.1:8080", server.Authority);
        site = Replace(site, "listen 443 ssl", $"listen 127.0.0.1:{_port} ssl");
        site = Replace(site, "/etc/ssl/rt.example.com/", _folder + "/");
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), $$"""
            daemon off;
            pid {{_folder}}/nginx.pid;
            error_log {{_folder}}/error.log warn;
            worker_processes 1;
            events { worker_connections 512; }
            http {
                client_body_temp_path {{_folder}};
                proxy_temp_path {{_folder}};
                fastcgi_temp_path {{_folder}};
                uwsgi_temp_path {{_folder}};
                scgi_temp_path {{_folder}};
                access_log off;
            {{site}}
            }
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-p", _folder, "-e", Path.Combine(_folder, "error.log"), "-c", Path.Combine(_folder, "nginx.conf")]) { RedirectStandardError = true })!;
    }

    /// <summary>Where rooms are for the world.</summary>
    public Uri Mount => new($"https://127.0.0.1:{_port}/rt");

    /// <summary>Where it listens.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>What nginx complained of.</summary>
    public string Errors => File.Exists(Path.Combine(_folder, "error.log")) ? File.ReadAllText(Path.Combine(_folder, "error.log")) : "";

    private static string Program => File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

    /// <summary>Starts nginx, and returns once it listens; skips the test where there is none.</summary>
    public static Task<Nginx> StartAsync(Uri server) => StartAsync(server, Configuration());

    /// <summary>Starts nginx with the configuration changed: each first text becomes the second.</summary>
    public static Task<Nginx> StartAsync(Uri server, params (string What, string With)[] changes) =>
        StartAsync(server, changes.Aggregate(Configuration(), static (site, change) => Replace(site, change.What, change.With)));

    /// <summary>Starts nginx with the configuration for two servers.</summary>
    public static Task<Nginx> StartAsync(Uri one, Uri two) => StartAsync(one, Replace(Configuration("godwit-servers.conf"), "127.0.0.1:8081", two.Authority));

    /// <summary>Starts nginx with nothing but <c>proxy_pass</c>, and the version of HTTP that it asks with.</summary>
    public static Task<Nginx> StartBareAsync(Uri server, string version) => StartAsync(server, $$"""
        server {
            listen 443 ssl;
            ssl_certificate /etc/ssl/rt.example.com/cert.pem;
            ssl_certificate_key /etc/ssl/rt.example.com/key.pem;
            location / {
                proxy_http_version {{version}};
                proxy_pass http://127.0.0.1:8080;
            }
        }
        """);

    private static async Task<Nginx> StartAsync(Uri server, string site)
    {
        if (Program == "nginx")
        {
            Terminal.SkipUnlessPresent("nginx");
        }

        var nginx = new Nginx(server, site);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await nginx.AnswersAsync(patience.Token))
        {
            if (nginx._process.HasExited)
            {
                string why = await nginx._process.StandardError.ReadToEndAsync(patience.Token) + nginx.Errors;
                await nginx.DisposeAsync();
                Assert.Fail($"nginx does not start:\n{why}");
            }
        }

        return nginx;
    }

    /// <summary>A room of the server, through nginx.</summary>
    public ProbeTarget Room(ProbeTransport transport, string name) => new()
    {
        Mount = Mount,
        Room = name,

        // This nginx knows no WebSocket over HTTP/2 (RFC 8441), so clients of it use HTTP/1.1 for that, as browsers do.
        Carrier = (transport.IsWebSocket() ? ProbeCarrier.Http1 : ProbeCarrier.Http2) with { Certificate = TestCertificate.Local },
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

    private static string Configuration(string name = "godwit.conf")
    {
        using var file = new StreamReader(typeof(Nginx).Assembly.GetManifestResourceStream($"nginx/{name}")!);
        return file.ReadToEnd();
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
