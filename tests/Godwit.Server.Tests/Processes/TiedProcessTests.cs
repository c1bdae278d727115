using Godwit.Server.Processes;
using Godwit.Server.Tests.Servers;
using Godwit.Server.Verifying.Deployments;

namespace Godwit.Server.Tests.Processes;

/// <summary>What a command has started ends with it, whatever ends that.</summary>
public sealed class TiedProcessTests
{
    [Fact]
    public async Task Servers_that_compare_has_started_end_when_it_is_killed()
    {
        Assert.SkipWhen(TiedProcess.Absence is not null, TiedProcess.Absence ?? "");
        await AssertAllEndAsync(["compare", "--transports", "websocket,sse"], ("Godwit.Server", 5));
    }

    [Fact]
    public async Task Servers_and_what_is_around_them_end_when_verify_is_killed()
    {
        Assert.SkipWhen(TiedProcess.Absence is not null, TiedProcess.Absence ?? "");
        Assert.SkipUnless(Godwit.Redis.Servers.RedisServer.IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");
        Assert.SkipWhen(NginxProxy.Program is null, "nginx is not installed (Debian: apt-get install nginx)");
        await AssertAllEndAsync(["verify", "--start", "redis", "--proxy", "nginx", "--faults", "none", "--duration", "1h"], ("Godwit.Server", 2), ("redis-server", 1), ("nginx", 3));
    }

    [Fact]
    public void A_program_that_is_not_there_is_told_as_such()
    {
        Assert.Contains("no-such-program cannot be started", Assert.Throws<DeploymentException>(static () => ServerProcess.Start("no-such-program", [], new Dictionary<string, string>())).Message, StringComparison.Ordinal);
    }

    private static async Task AssertAllEndAsync(string[] command, params (string Name, int Count)[] expected)
    {
        int[] started = [];

        // Directories of what is killed stay behind.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("godwit-tied-tests-");
        await using (GodwitProcess godwit = GodwitProcess.Start(command, new Dictionary<string, string> { ["TMPDIR"] = folder.FullName }))
        {
            await ServerProcesses.UntilAsync(
                () =>
                {
                    started = ProcessTree.DescendantsOf(godwit.Id);
                    return expected.All(each => started.Count(process => ProcessTree.NameOf(process) == each.Name) == each.Count);
                },
                $"all are started: {string.Join(", ", expected)}");
            godwit.Signal(UnixSignal.Kill);
            await godwit.EndAsync();
        }

        await ServerProcesses.UntilAsync(() => started.All(static process => ProcessTree.NameOf(process) is null), "all have ended");
        folder.Delete(recursive: true);
    }
}
