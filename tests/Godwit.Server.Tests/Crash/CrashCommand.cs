using System.Globalization;

namespace Godwit.Server.Tests.Crash;

/// <summary>The long form of the crash test: <c>Godwit.Server.Tests crash [--seed N] [--kills N] [--power-losses N] [--minutes N] [--server PATH] [--commit NAME] [--out FILE]</c>.</summary>
internal static class CrashCommand
{
    /// <summary>The first argument.</summary>
    public const string Verb = "crash";

    /// <summary>Runs it; 0 if nothing was violated.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int seed = int.Parse(Option(args, "--seed") ?? "1", CultureInfo.InvariantCulture);
        int kills = int.Parse(Option(args, "--kills") ?? "1000", CultureInfo.InvariantCulture);
        int powerLosses = int.Parse(Option(args, "--power-losses") ?? "100", CultureInfo.InvariantCulture);
        string program = Option(args, "--server") ?? Program;
        var run = new CrashRun(program, new CrashPlan(seed, kills, powerLosses), seed)
        {
            Progress = Console.WriteLine,
            Longest = Option(args, "--minutes") is { } minutes ? TimeSpan.FromMinutes(int.Parse(minutes, CultureInfo.InvariantCulture)) : TimeSpan.MaxValue,
        };
        CrashReport report = await run.RunAsync(CancellationToken.None) with
        {
            Command = $"Godwit.Server.Tests {Verb} --seed {seed} --kills {kills} --power-losses {powerLosses}",
            Commit = Option(args, "--commit") ?? CrashReport.ThisCommit(),
            Machine = CrashReport.ThisMachine(),
        };
        if (Option(args, "--out") is { } file)
        {
            await File.WriteAllTextAsync(file, report.ToJson() + "\n");
        }

        Console.WriteLine(report.ToJson());
        return report.Violations.Count == 0 ? 0 : 1;
    }

    /// <summary>The server that was built with these tests, or the one that <c>GODWIT_SOAK_SERVER</c> names.</summary>
    public static string Program => Environment.GetEnvironmentVariable("GODWIT_SOAK_SERVER")
        ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");

    private static string? Option(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
