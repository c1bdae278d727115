using System.Diagnostics;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>nginx with nchan, one worker. Messages carry the number that their publisher gave them.</summary>
internal sealed class NchanSystem() : BenchSystem("nchan")
{
    private static readonly WebSocketDialect s_dialect = new("\"n\":"u8.ToArray());
    private static readonly string[] s_modules = ["/usr/lib/nginx/modules/ngx_nchan_module.so", "/usr/lib64/nginx/modules/ngx_nchan_module.so", "/usr/local/nginx/modules/ngx_nchan_module.so"];

    public override IReadOnlyList<Transport> Transports => [Transport.WebSocket, Transport.EventStream, Transport.LongPoll];

    public override bool Ordered => false;

    public override string Describe(Repository repository) => $"nchan{NchanVersion(repository)} on nginx {NginxVersion(repository)}, one worker, 10,000 messages kept";

    public override string? Missing(Repository repository) =>
        NginxVersion(repository) is null ? "nginx: bench/install-peers, or apt-get install nginx-light libnginx-mod-nchan"
        : Module is null ? "nginx's module nchan: bench/install-peers, or apt-get install libnginx-mod-nchan"
        : null;

    public override void Build(Repository repository)
    {
    }

    public override ProcessStartInfo Command(Repository repository, int port, int securePort)
    {
        string folder = repository.Output("nchan");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "nginx.conf");
        string template = File.ReadAllText(Path.Combine(repository.Root, "bench", "peers", "nchan", "nginx.conf"));
        File.WriteAllText(file, template.Replace("MODULE", Module).Replace("FOLDER", folder).Replace("PORT", $"{port}"));
        return new(Nginx, ["-c", file, "-p", folder, "-e", "stderr"]);
    }

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished) => transport switch
    {
        Transport.WebSocket => new WebSocketReader(ledger, UpgradeRequest("/ws"), s_dialect),
        Transport.EventStream => new EventStreamReader(ledger, "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"u8.ToArray(), "\"n\":"u8.ToArray()),
        _ => new NchanPollReader(ledger, "/poll"),
    };

    // /usr/sbin is not always among the folders of a user's programs.
    private static string Nginx => File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

    private static string? Module => s_modules.FirstOrDefault(File.Exists);

    private static string? NginxVersion(Repository repository) => repository.TryRun(Nginx, "-v") is { } text && text.LastIndexOf('/') is > 0 and int at ? text[(at + 1)..] : null;

    private static string NchanVersion(Repository repository) =>
        repository.TryRun("dpkg-query", "-W", "-f", "${source:Upstream-Version}", "libnginx-mod-nchan") is { Length: > 0 } version ? " " + version.Split('+')[0] : "";
}
