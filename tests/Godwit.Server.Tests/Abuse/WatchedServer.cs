using System.Diagnostics;
using System.Globalization;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Abuse;

/// <summary>A server process whose processor time and memory are watched.</summary>
internal sealed class WatchedServer : IAsyncDisposable
{
    private readonly GodwitProcess _process;
    private readonly Process _accounts;

    private WatchedServer(GodwitProcess process)
    {
        _process = process;
        _accounts = Process.GetProcessById(process.Id);
    }

    public int Id => _process.Id;

    public Uri Mount => new(_process.Addresses[0], "rt");

    public Uri Root => _process.Addresses[0];

    /// <summary>Its processor time so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _accounts.Refresh();
            return _accounts.TotalProcessorTime;
        }
    }

    /// <summary>The most memory that was resident at any moment so far, in MiB.</summary>
    public double PeakMebibytes => Status("VmHWM:") / 1024.0;

    public static async Task<WatchedServer> StartAsync(params string[] more)
    {
        string[] settings = ["--listen", "http://127.0.0.1:0", .. more];
        var variables = new Dictionary<string, string>
        {
            // Abusers come by way of a proxy, which says who they are: what comes from this machine has no rates.
            ["GODWIT_proxies__0"] = "127.0.0.0/8",
            ["GODWIT_memory__logs"] = "32MiB",
            ["GODWIT_drain__delay"] = "0s",
            ["GODWIT_drain__window"] = "0s",
        };
        return new WatchedServer(await GodwitProcess.ServeAsync(settings, variables));
    }

    public async ValueTask DisposeAsync()
    {
        _accounts.Dispose();
        await _process.DisposeAsync();
    }

    private double Status(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
