using System.Net;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Crash;

/// <summary>A new server takes a directory over from the old one: it waits, not ready, while that drains, and nothing is lost.</summary>
public sealed class DeployTests
{
    private static readonly string[] Rooms = ["deploy:0", "deploy:1"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rolling_deploys_on_one_directory_lose_nothing_and_give_nothing_twice()
    {
        string directory = Directory.CreateTempSubdirectory("godwit-").FullName;
        var record = new CrashRecord();
        var lives = new Lives();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        GodwitProcess server = await ServeAsync(directory);
        lives.Begins(Mount(server));
        CrashReader[] readers = [.. ProbeTransports.All.Select((transport, i) => new CrashReader(record, lives, Rooms[i % Rooms.Length], transport))];
        Task[] reading = [.. readers.Select(reader => Task.Run(() => reader.RunAsync(end.Token), Cancel))];
        Task[] publishing = [.. Enumerable.Range(0, 4).Select(i => new CrashPublisher(record, lives, Rooms, i, seed: 5)).Select(publisher => Task.Run(() => publisher.RunAsync(stop.Token, end.Token), Cancel))];
        using var http = new HttpClient();
        try
        {
            for (int deploy = 0; deploy < 2; deploy++)
            {
                await UntilAsync(() => Task.FromResult(record.Acknowledged > 40 * (deploy + 1)));
                GodwitProcess next = await ServeAsync(directory);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri(next.Addresses[0], "/readyz"), Cancel)).StatusCode);
                Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(next.Addresses[0], "/healthz"), Cancel)).StatusCode);
                server.Signal(UnixSignal.Terminate);
                lives.Ends();
                await UntilAsync(async () => (await http.GetAsync(new Uri(next.Addresses[0], "/readyz"), Cancel)).IsSuccessStatusCode);
                lives.Begins(Mount(next));
                Assert.Equal(0, await server.EndAsync());
                await server.DisposeAsync();
                server = next;
            }

            await UntilAsync(() => Task.FromResult(record.Acknowledged > 120));
            await stop.CancelAsync();
            await Task.WhenAll(publishing).WaitAsync(Patience, Cancel);
            await UntilAsync(() => Task.FromResult(readers.All(reader => reader.Seen >= record.Newest(reader.Room)) || record.Violations.Count > 0));
            Assert.Empty(record.Violations);
        }
        finally
        {
            await stop.CancelAsync();
            await end.CancelAsync();
            await Task.WhenAll([.. reading, .. publishing]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await server.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_that_waits_in_vain_ends_and_names_the_file()
    {
        string directory = Directory.CreateTempSubdirectory("godwit-").FullName;
        await using (await ServeAsync(directory))
        {
            (int code, _, string errors) = await GodwitProcess.RunAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", directory, "--wait-lock", "200ms"]);
            Assert.Equal(1, code);
            Assert.Contains($"godwit: {Path.Combine(directory, "lock")} is held by another process", errors, StringComparison.Ordinal);
        }

        Directory.Delete(directory, recursive: true);
    }

    private static Uri Mount(GodwitProcess server) => new(server.Addresses[0], "rt");

    private static Task<GodwitProcess> ServeAsync(string directory) => GodwitProcess.ServeAsync(
        ["serve", "--listen", "http://127.0.0.1:0", "--data", directory, "--wait-lock", "60s"],
        new Dictionary<string, string> { ["GODWIT_drain__delay"] = "200ms", ["GODWIT_drain__window"] = "500ms", ["GODWIT_limits__requests"] = "off" });

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        while (!await isSo())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
