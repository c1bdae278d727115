using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Proxies;

/// <summary>The program with logs in memory as the first of the two servers of HAProxy, and none as the second.</summary>
public sealed class BehindHaproxy : IAsyncLifetime
{
    private GodwitProcess? _server;
    private Haproxy? _haproxy;

    internal Haproxy Haproxy => _haproxy!;

    /// <summary>The server behind, host and port.</summary>
    internal string Server => _server!.Addresses[0].Authority;

    public async ValueTask InitializeAsync()
    {
        // No test is about rates.
        var variables = new Dictionary<string, string> { ["GODWIT_proxies__0"] = "127.0.0.1" };
        foreach (string limit in (string[])["publishes", "roomPublishes", "requests", "newRooms"])
        {
            variables[$"GODWIT_limits__{limit}"] = "off";
        }

        _server = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--allow-anonymous"], variables);
        _haproxy = await Haproxy.StartAsync(_server.Addresses[0].Authority, Haproxy.Nowhere);
    }

    public async ValueTask DisposeAsync()
    {
        await (_haproxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
