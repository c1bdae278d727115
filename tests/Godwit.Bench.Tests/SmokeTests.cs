using System.Diagnostics;
using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Tests;

/// <summary>Every load runs on every system, in tiny sizes: nothing is void, every figure is there, no process is left.</summary>
public sealed class SmokeTests
{
    /// <summary>The systems. What is compiled ahead of time takes minutes to build, and differs in nothing else.</summary>
    public static TheoryData<string> SystemNames => [.. Catalogue.Systems.Select(static system => system.Name).Where(static name => name != "godwit-aot")];

    [Theory]
    [MemberData(nameof(SystemNames))]
    public void Every_load_runs(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bench reads the kernel's accounts of Linux and runs only there.");
        Repository repository = new(usesBuild: true);
        BenchSystem system = Catalogue.FindSystems(name)[0];
        Assert.SkipWhen(system.Missing(repository) is not null, $"Missing: {system.Missing(repository)}");
        Assert.SkipWhen(system.Shares && RedisServer.Missing(repository) is not null, $"Missing: {RedisServer.Missing(repository)}");
        BenchContext context = new(repository, new BenchOptions().Tiny() with { DataFolder = repository.Output("data-of-tests") }, TestContext.Current.CancellationToken);
        if (system is FloorSystem)
        {
            system.Build(repository);
        }

        Run run = new(Catalogue.Loads, [system], Enum.GetValues<Transport>(), context);
        run.Rounds();

        Assert.All(run.Samples, static sample => Assert.True(sample.Void is null, $"{sample.Part} {sample.Transport}: {sample.Void}"));
        Assert.All(Catalogue.Loads.Where(load => (system.Loads?.Contains(load.Name) ?? true) && load.TransportsOf(system).Any()), load => Assert.Contains(run.Samples, sample => sample.Part.StartsWith(load.Name, StringComparison.Ordinal)));
        Assert.All(run.Samples, static sample => Assert.DoesNotContain(sample.Figures, static figure => figure.Key != Figure.UserCpu && figure.Key != Figure.UserCpuPerClient && !double.IsFinite(figure.Value)));
        Assert.Empty(Children());
    }

    private static IEnumerable<string> Children() => Process.GetProcesses().Where(static process => Parent(process.Id) == Environment.ProcessId && File.Exists($"/proc/{process.Id}/cmdline"))
        .Select(static process => process.ProcessName).Where(static program => program is "floor" or "godwit" or "Godwit.Server" or "bun" or "nginx" or "node" or "redis-server" || program.StartsWith("Godwit.Bench.", StringComparison.Ordinal));

    private static int Parent(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0; // it has just gone
        }
    }
}
