using System.Net;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Servers;

/// <summary>Servers as processes of their own, on one Redis.</summary>
internal static class ServerProcesses
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts a server and returns once it is ready.</summary>
    /// <param name="redis">Where Redis is.</param>
    /// <param name="variables">More settings; what limits clients of one address is off.</param>
    public static async Task<GodwitProcess> ServeAsync(string redis, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>
        {
            ["GODWIT_limits__requests"] = "off",
            ["GODWIT_limits__publishes"] = "off",
            ["GODWIT_limits__roomPublishes"] = "off",
            ["GODWIT_limits__attempts"] = "off",
            ["GODWIT_limits__connections"] = "off",
            ["GODWIT_limits__newRooms"] = "off",
            ["GODWIT_session__helloTimeout"] = "60s",
            ["GODWIT_drain__delay"] = "0s",
            ["GODWIT_drain__window"] = "1s",
        };
        foreach ((string name, string value) in variables)
        {
            environment[name] = value;
        }

        GodwitProcess server = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0", "--redis", redis, "--wait-broker"], environment);
        using var http = new HttpClient();
        await UntilAsync(async () => (await http.GetAsync(new Uri(server.Addresses[0], "/readyz"), Cancel)).StatusCode == HttpStatusCode.OK, "the server is ready");
        return server;
    }

    /// <summary>Where rooms are at a server.</summary>
    public static Uri Mount(this GodwitProcess server) => new(server.Addresses[0], "rt");

    /// <summary>Waits until something is so.</summary>
    public static Task UntilAsync(Func<bool> isSo, string what) => UntilAsync(() => Task.FromResult(isSo()), what);

    /// <summary>Waits until something is so.</summary>
    public static Task UntilAsync(Func<bool> isSo, Func<string> what) => UntilAsync(() => Task.FromResult(isSo()), what);

    /// <summary>Waits until something is so.</summary>
    public static Task UntilAsync(Func<Task<bool>> isSo, string what) => UntilAsync(isSo, () => what);

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, TimeProvider.System.GetElapsedTime(start) < Patience ? "" : $"Waited in vain: {what()}.");
            await Task.Delay(20, Cancel);
        }
    }
}
