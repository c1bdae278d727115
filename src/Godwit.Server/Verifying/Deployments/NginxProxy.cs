using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>nginx before servers that are started here, configured as the documentation has it: each request goes to the next of them. Its clients come by relays, as it comes to the servers.</summary>
/// <param name="number">Its number among the places at which the network can be hurt.</param>
internal sealed partial class NginxProxy(int number) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-nginx-").FullName;
    private readonly int _port1 = FreePort();
    private readonly int _port2 = FreePort();
    private readonly Relay _http1 = new();
    private readonly Relay _http2 = new();
    private ServerProcess? _process;

    /// <summary>Where nginx is; null if it is not installed.</summary>
    public static string? Program { get; } = Find();

    /// <summary>The ways in, over both versions of HTTP. In clear text it has a port for each.</summary>
    public IReadOnlyList<Entrance> Entrances =>
    [
        new(number, Mount(_http1), ProbeCarrier.Http1, _http1) { Name = "nginx" },
        new(number, Mount(_http2), ProbeCarrier.Http2, _http2) { Name = "nginx", TakesWebSockets = false },
    ];

    /// <summary>What stands before it.</summary>
    public IReadOnlyList<Relay> Relays => [_http1, _http2];

    /// <summary>What is wrong with it though nobody told it to end; null for nothing.</summary>
    public string? Fault => _process is { UnexpectedEnd: { } code } process ? $"nginx ended by itself with code {code}: {process.Said}" : null;

    /// <summary>Starts it, and returns once it listens.</summary>
    /// <param name="servers">Where the servers are, always.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="DeploymentException">It does not.</exception>
    public async Task StartAsync(IReadOnlyList<IPEndPoint> servers, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(At("nginx.conf"), Configuration(servers), cancel);
        await StartAsync(cancel);
        (_http1.Target, _http2.Target) = (new IPEndPoint(IPAddress.Loopback, _port1), new IPEndPoint(IPAddress.Loopback, _port2));
    }

    /// <summary>Kills all of its processes, and starts it again.</summary>
    public async Task RestartAsync(CancellationToken cancel)
    {
        await EndAsync();
        await StartAsync(cancel);
    }

    /// <summary>Has it read its configuration again: new workers take what comes, and the old ones end once nobody is left there.</summary>
    public void Reload() => _process?.Signal(UnixSignal.HangUp);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _http1.DisposeAsync();
        await _http2.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The site of the documentation, in clear text on two ports and before these servers.</summary>
    internal static string Site(string documented, int port1, int port2, IReadOnlyList<IPEndPoint> servers)
    {
        Match server = Server().Match(documented);
        Match listen = Listen().Match(documented);
        if (!server.Success || !listen.Success)
        {
            throw new InvalidOperationException("The documented configuration of nginx has no server to put others in the place of, or does not listen.");
        }

        string all = string.Concat(servers.Select(each => $"{server.Groups["before"].Value}{each}{server.Groups["after"].Value}\n"));
        string site = documented.Remove(server.Index, server.Length).Insert(server.Index, all);
        site = Server().Replace(site, match => servers.Any(each => match.Groups["address"].Value == each.ToString()) ? match.Value : "");
        site = Listen().Replace(site, string.Create(CultureInfo.InvariantCulture, $"    listen 127.0.0.1:{port1};\n    listen 127.0.0.1:{port2} http2;\n"));
        return Certificate().Replace(site, "");
    }

    [GeneratedRegex(@"^(?<before> +server )(?<address>[0-9.]+:[0-9]+)(?<after>[^;\n]*;)[^\n]*\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Server();

    [GeneratedRegex(@"^ +listen 443 [^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Listen();

    [GeneratedRegex(@"^ +ssl_[^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Certificate();

    private static Uri Mount(Relay relay) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{relay.Address.Port}/rt"));

    private static string? Find() =>
        ((string[])[.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin"]).Select(static path => Path.Combine(path, "nginx")).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Configuration(IReadOnlyList<IPEndPoint> servers)
    {
        using var file = new StreamReader(typeof(NginxProxy).Assembly.GetManifestResourceStream("verify/nginx.conf")!);
        return $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            pid {{At("nginx.pid")}};
            error_log {{At("error.log")}} warn;
            worker_processes 2;
            worker_rlimit_nofile 16384;
            events { worker_connections 8192; }
            http {
                client_body_temp_path {{At("body")}};
                proxy_temp_path {{At("proxy")}};
                fastcgi_temp_path {{At("fastcgi")}};
                uwsgi_temp_path {{At("uwsgi")}};
                scgi_temp_path {{At("scgi")}};
                access_log off;
            {{Site(file.ReadToEnd(), _port1, _port2, servers)}}
            }
            """;
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        // Told to end, it ends its workers too, which nothing ties to it.
        _process = ServerProcess.Start(Program ?? "nginx", ["-p", _folder, "-e", At("error.log"), "-c", At("nginx.conf")], new Dictionary<string, string>(), last: UnixSignal.Terminate);
        long since = TimeProvider.System.GetTimestamp();
        while (!await ListensAsync(_port1, cancel) || !await ListensAsync(_port2, cancel))
        {
            if (_process.UnexpectedEnd is not null || TimeProvider.System.GetElapsedTime(since) > Patience)
            {
                string why = $"{_process.Said} {(File.Exists(At("error.log")) ? (await File.ReadAllTextAsync(At("error.log"), cancel)).Trim() : "")}";
                throw new DeploymentException($"nginx does not start: {why}");
            }

            await Task.Delay(Often, TimeProvider.System, cancel);
        }
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task EndAsync()
    {
        if (_process is { } process)
        {
            _process = null;

            // Its workers would outlive it.
            process.KillTree();
            await process.DisposeAsync();
            _http1.Cut();
            _http2.Cut();
        }
    }
}
