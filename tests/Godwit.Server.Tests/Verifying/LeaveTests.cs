using System.Globalization;
using Godwit.Server.Hosting;
using Godwit.Server.Verifying.Deployments;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> sees of how a server leaves that is told to, with programs that only look like one.</summary>
public sealed class LeaveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-leave-tests-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_ends_when_it_is_told_to_has_left_in_time_and_not_by_itself()
    {
        await using StartedServer server = await StartAsync("trap 'exit 0' TERM");
        Assert.True(await server.LeaveAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.Null(server.Fault);
    }

    [Fact]
    public async Task One_that_does_not_end_has_not()
    {
        await using StartedServer server = await StartAsync("trap '' TERM");
        Assert.False(await server.LeaveAsync(TimeSpan.FromMilliseconds(100), Cancel));
        Assert.NotNull(server.Process);
        await server.EndAsync();
        Assert.Null(server.Process);
    }

    [Fact]
    public async Task One_that_ends_though_nobody_told_it_to_is_at_fault()
    {
        await using StartedServer server = await StartAsync("ends=1");
        await File.WriteAllTextAsync(Path.Combine(_folder, "now"), "", Cancel);
        long since = TimeProvider.System.GetTimestamp();
        while (server.Fault is null && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(20, Cancel);
        }

        Assert.StartsWith("server 3 ended by itself with code 7: ", server.Fault, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<StartedServer> StartAsync(string begins)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the signals are known on Linux only");
        string program = Path.Combine(_folder, "server");
        await File.WriteAllTextAsync(
            program,
            string.Create(CultureInfo.InvariantCulture, $"{begins}\necho '{Greeting.Listening}http://127.0.0.1:1'\necho '{Greeting.Listening}http://127.0.0.1:2'\necho Access\nwhile :; do\n  [ -n \"$ends\" ] && [ -e '{_folder}/now' ] && exit 7\n  sleep 0.05\ndone\n"),
            Cancel);
        var server = new StartedServer(3, ["sh", program], new SteppedClock(Path.Combine(_folder, "clock")));
        await server.StartAsync([], new Dictionary<string, string>(), Cancel);
        return server;
    }
}
