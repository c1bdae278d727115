using System.Text;
using System.Text.Json;
using Godwit.Server.Commands;
using Godwit.Server.Processes;
using Godwit.Server.Reporting;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;
using Godwit.Server.Verifying.Reports;

namespace Godwit.Server.Verifying;

/// <summary>Carries out what the command line asks for.</summary>
internal sealed class Verification(VerifyRequest request, TextWriter output, TextWriter error, bool isTerminal)
{
    private const int MostSaid = 5;

    private IReadOnlyList<FaultKind> _kinds = [];
    private IReadOnlyList<(FaultKind, string)> _leftOut = [];

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        try
        {
            await ChooseAsync();
            VerifyPlan plan = request.Plan with { Schedule = await ScheduleAsync(cancel) };
            ReportFile.Check(("--json", request.JsonFile), ("--junit", request.JunitFile), ("--html", request.HtmlFile));
            VerifyResult result = await RunOnceAsync(plan, isMain: true, cancel) with { Command = request.Command };
            await output.WriteLineAsync(TextReport.Text(result));
            await WriteAsync(result);
            if (result.Violations > 0 && request.Minimise > 0 && !result.WasInterrupted)
            {
                await MinimiseAsync(plan, cancel);
            }

            return result.Violations > 0 ? ExitCode.Violations : result.WasInterrupted ? ExitCode.Configuration : ExitCode.Done;
        }
        catch (DeploymentException fault)
        {
            await error.WriteLineAsync($"godwit: {fault.Message}");
            return ExitCode.Configuration;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await error.WriteLineAsync("godwit: interrupted; nothing can be said.");
            return ExitCode.Configuration;
        }
    }

    private Deployment Create() => request.Given.Count > 0
        ? new GivenDeployment(request.Given)
        : new StartedDeployment(new StartSettings(request.Store, request.Program is { } program ? [program] : ThisProgram.Command, request.Servers, _kinds) { HasNginx = request.HasNginx });

    private async Task ChooseAsync()
    {
        // Made once only to be asked; nothing is started.
        await using Deployment deployment = Create();
        var possible = new List<FaultKind>();
        var leftOut = new List<(FaultKind, string)>();
        foreach (FaultKind kind in FaultKinds.All)
        {
            bool isAsked = request.Faults?.Contains(kind) ?? true;
            if (request.Without.Contains(kind) || !isAsked)
            {
                leftOut.Add((kind, "not asked for"));
            }
            else if (deployment.Absence(kind) is not { } why)
            {
                possible.Add(kind);
            }
            else if (request.Faults is not null)
            {
                throw new DeploymentException($"--faults: {kind.Name()} cannot be made: {why}");
            }
            else
            {
                leftOut.Add((kind, why));
            }
        }

        (_kinds, _leftOut) = (possible, leftOut);
    }

    private async Task<IReadOnlyList<FaultStep>> ScheduleAsync(CancellationToken cancel)
    {
        if (request.ScheduleFile is not { } file)
        {
            return FaultSchedule.Draw(request.Plan.Seed, _kinds, request.Given.Count > 0 ? request.Given.Count : request.Servers + (request.HasNginx ? 1 : 0), request.Plan.Duration, request.Pause);
        }

        try
        {
            IReadOnlyList<FaultStep> steps = FaultSchedule.Read(await File.ReadAllTextAsync(file, cancel));
            FaultStep? impossible = steps.FirstOrDefault(step => !_kinds.Contains(step.Kind));
            return impossible is null ? steps : throw new DeploymentException($"--schedule: {impossible.Kind.Name()} cannot be made here, or was not asked for");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new DeploymentException($"--schedule: {fault.Message.TrimEnd('.')}");
        }
    }

    private async Task<VerifyResult> RunOnceAsync(VerifyPlan plan, bool isMain, CancellationToken cancel)
    {
        await using Deployment deployment = Create();
        await deployment.StartAsync(cancel);
        var progress = new ProgressLine(output, isTerminal);
        int said = 0;
        var run = new VerifyRun(deployment, plan, _leftOut)
        {
            Found = anomaly =>
            {
                if (isMain && Interlocked.Increment(ref said) <= MostSaid)
                {
                    progress.Say(Line(anomaly));
                }
            },
        };
        if (isMain)
        {
            await output.WriteLineAsync($"Verifying {deployment.Name} for {plan.Duration.TotalSeconds:0} s with the seed {plan.Seed}: {plan.Publishers} publishers, {plan.Readers} readers, {plan.Schedule.Count} faults planned.");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task showing = isMain ? progress.RunAsync(() => Line(run), end.Token) : Task.CompletedTask;
        try
        {
            return await run.RunAsync(cancel);
        }
        finally
        {
            await end.CancelAsync();
            await showing;
        }
    }

    private static string Line(VerifyRun run)
    {
        (TimeSpan now, long acknowledged, long deliveries, int faults, long violations, string? fault) = run.Progress;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{now.TotalSeconds:F0} s: {acknowledged} acknowledged, {deliveries} delivered, {faults} faults, {violations} violations{(fault is null ? "" : $"; {fault}")}");
    }

    private static string Line(Anomaly anomaly) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{anomaly.At.TotalSeconds:F1} s: {anomaly.Promise.Name()}: {anomaly.What}");

    private async Task MinimiseAsync(VerifyPlan plan, CancellationToken cancel)
    {
        await output.WriteLineAsync($"Looking for a shorter schedule that fails, in up to {request.Minimise} runs.");
        var minimiser = new Minimiser(
            async schedule =>
            {
                TimeSpan end = schedule.Count == 0 ? TimeSpan.FromSeconds(5) : schedule[^1].At + schedule[^1].Lasts + TimeSpan.FromSeconds(5 + (5 * schedule.Count));
                VerifyResult tried = await RunOnceAsync(plan with { Schedule = schedule, Duration = end < plan.Duration ? end : plan.Duration, StopsAtFirst = true }, isMain: false, cancel);
                await output.WriteLineAsync($"  {schedule.Count} faults: {(tried.Violations > 0 ? "fails" : "holds")}");
                return tried.Violations > 0;
            },
            request.Minimise);
        IReadOnlyList<FaultStep> shortest = await minimiser.ShortenAsync(plan.Schedule);
        await output.WriteLineAsync(shortest.Count == 0 ? "It fails without any fault." : $"It fails with {shortest.Count} of {plan.Schedule.Count} faults; for --schedule:");
        await output.WriteLineAsync(Json(shortest));
    }

    private static string Json(IReadOnlyList<FaultStep> schedule)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (FaultStep step in schedule)
            {
                step.Write(json);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private async Task WriteAsync(VerifyResult result)
    {
        await ReportFile.WriteAsync(request.JsonFile, () => JsonReport.Text(result));
        await ReportFile.WriteAsync(request.JunitFile, () => JunitReport.Text(result));
        await ReportFile.WriteAsync(request.HtmlFile, () => HtmlReport.Text(result));
    }
}
