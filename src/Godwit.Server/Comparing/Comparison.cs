using System.Globalization;
using Godwit.Server.Commands;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Comparing.Reports;
using Godwit.Server.Comparing.Servers;
using Godwit.Server.Links;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing;

/// <summary>Carries out what the command line asks for.</summary>
internal sealed class Comparison(CompareRequest request, TextWriter output, TextWriter error, bool isTerminal)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly ReportFiles _files = new(request);

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        try
        {
            _files.Check();
            CheckOpenFiles();
            using PacketLink? link = request.Link is { } conditions ? PacketLink.Start(conditions) : null;
            CompareResult result = await MeasureAsync(link, cancel);
            await output.WriteLineAsync(TextReport.Text(result));
            await _files.WriteAsync(result);
            return result.WasInterrupted ? ExitCode.Configuration : result.Faults == (0, 0) ? ExitCode.Done : ExitCode.Violations;
        }
        catch (DeploymentException fault)
        {
            await error.WriteLineAsync($"godwit: {fault.Message}");
            return ExitCode.Configuration;
        }
        catch (LinkException fault)
        {
            await error.WriteLineAsync($"godwit: --delay, --jitter and --loss: {fault.Message}");
            return ExitCode.Configuration;
        }
    }

    private ServerFleet CreateFleet(PacketLink? link) => request.Given is { } given
        ? new GivenFleet(given)
        : new StartedFleet(request.Program is { } program ? [program] : ThisProgram.Command, link is null ? new LoopbackPlace() : new LinkedPlace(link));

    private void CheckOpenFiles()
    {
        ComparePlan plan = request.Plan;
        int most = plan.MostConnections;
        if (OperatingSystem.IsLinux() && OpenFiles.Raise(most + ComparePlan.OtherFiles) is { } limit)
        {
            throw new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"{most} connections at a time need {most + ComparePlan.OtherFiles} open files, and the limit is {limit} (ulimit -Hn); raise it, or give fewer with --clients and --waiting"));
        }
    }

    private async Task<CompareResult> MeasureAsync(PacketLink? link, CancellationToken cancel)
    {
        (ComparePlan plan, string? leftOut) = await PossibleAsync(cancel);
        DateTimeOffset began = TimeProvider.System.GetUtcNow();
        long start = TimeProvider.System.GetTimestamp();
        ServerFleet fleet = CreateFleet(link);
        string name = fleet.Name;
        await using var run = new CompareRun(plan, fleet);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Comparing {plan.Ways.Count} ways of reading with {plan.Clients} clients each, against {name}; about {plan.Expected.TotalSeconds:F0} s."));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task showing = new ProgressLine(output, isTerminal).RunAsync(() => Line(run), end.Token);
        Task running = run.RunAsync(cancel);
        try
        {
            await running;
        }
        catch (Exception fault) when (fault is OperationCanceledException or DeploymentException && IsInterrupted(cancel))
        {
            // The result says which stages are missing.
        }
        finally
        {
            await end.CancelAsync();
            await showing;
        }

        return new CompareResult
        {
            Command = request.Command,
            Began = began,
            Took = TimeProvider.System.GetElapsedTime(start),
            Plan = plan,
            Server = name,
            Link = link is null ? null : new LinkFigures(Describe(link), link.Up, link.Down),
            Uncollected = run.Uncollected,
            Machine = new MachineFigures(
                Machine.Name,
                Environment.ProcessorCount,
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                OperatingSystem.IsLinux() && OpenFiles.Limit.Hard is > 0 and var files ? files : null,
                run.OtherLoad,
                run.BaseKiB),
            Ways = Reckoning.All(run.Records, plan),
            Missing = running.IsCompletedSuccessfully ? [] : [.. Stages.All.Where(stage => !run.Done.Contains(stage) && !(plan.IsGiven && stage == Stage.Waiting))],
            LeftOut = leftOut,
            Unknown = Unknown(plan),
        };
    }

    // A server that is started has data channels. Whether one that runs has them, and UDP comes through to it, is found out before anything is measured.
    private async Task<(ComparePlan Plan, string? LeftOut)> PossibleAsync(CancellationToken cancel)
    {
        ComparePlan plan = request.Plan;
        Way[] channels = [.. plan.Ways.Where(static way => way.Transport.IsDataChannel())];
        if (request.Given is not { } given || channels.Length == 0)
        {
            return (plan, null);
        }

        const string Room = ServerFleet.Prefix + "check";
        ComparedServer server = await ComparedServer.FindAsync(given, Room, cancel);
        var leftOut = new List<string>();
        Way[] rest = [.. plan.Ways];
        foreach (Way way in channels)
        {
            if (await DataChannelCheck.WhyNotAsync(server.Target(Room), cancel, way.Transport) is { } why)
            {
                rest = [.. rest.Where(other => other != way)];
                leftOut.Add($"{way.Label}: {why}");
            }
        }

        return rest.Length == 0
            ? throw new DeploymentException($"data channels cannot be compared at {given.Mount}: {string.Join("; ", leftOut)}")
            : (plan with { Ways = rest }, leftOut.Count == 0 ? null : string.Join("; ", leftOut));
    }

    private static string Describe(PacketLink link)
    {
        LinkConditions asked = link.Conditions;
        string jitter = asked.Jitter > TimeSpan.Zero ? $" ± {Quantity.Milliseconds(asked.Jitter.TotalMilliseconds)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"a link with {Quantity.Milliseconds(asked.Delay.TotalMilliseconds)}{jitter} each way and {100 * asked.Loss:0.###} % of the packets lost (seed {asked.Seed})");
    }

    // A terminal sends the signal to the servers that were started too, whose end may be seen first.
    private static bool IsInterrupted(CancellationToken cancel) => cancel.WaitHandle.WaitOne(Grace);

    private static string? Unknown(ComparePlan plan) =>
        plan.IsGiven ? "What the server spends is left out, since it was not started here: its CPU time, its memory, the kernel's memory, and how many clients it holds. Run it without a URL for that."
        : !OperatingSystem.IsLinux() ? "What the server spends and the bytes on the wire are left out: they are read from the kernel, on Linux only."
        : null;

    private string Line(CompareRun run)
    {
        (double share, string what) = run.Progress;
        const int Width = 24;
        int full = (int)Math.Round(share * Width);
        string bar = isTerminal ? $"[{new string('#', full)}{new string('.', Width - full)}] " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{bar}{100 * share,3:F0} %  {what}");
    }
}
