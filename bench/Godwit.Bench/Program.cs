using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Godwit.Bench;
using Godwit.Bench.Loads;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

Argument<string[]> loads = new("load") { Description = $"What to measure: peers, which is all but exchange, the durable, the redis and the data channel ones, or any of {string.Join(", ", Catalogue.Loads.Select(static load => load.Name))}.", Arity = ArgumentArity.ZeroOrMore };
Option<int?> rounds = new("--rounds") { Description = "How often every system is measured; 10." };
Option<bool> quick = new("--quick") { Description = "Two rounds of smaller parts, for a first look." };
Option<bool> tiny = new("--tiny") { Description = "One round of next to nothing, to see that everything runs." };
Option<int?> connections = new("--connections") { Description = "Readers of fan-out, idle connections, and peers of datachannel; 5,000, 15,000 idle WebSockets, and 1,000 peers." };
Option<int?> entries = new("--entries") { Description = "Entries of fan-out, in each of its two forms; 200." };
Option<double?> idle = new("--idle-seconds") { Description = "How long connections are idle before memory is read; 10." };
Option<int?> rooms = new("--rooms") { Description = "The most rooms that are known and idle; 1,000,000." };
Option<DirectoryInfo?> data = new("--data") { Description = "The folder on the disk that durable and durable-start measure; artifacts/bench-data in the working directory." };
Option<string?> systems = new("--systems") { Description = $"{string.Join(", ", Catalogue.Systems.Select(static system => system.Name))}, and NAME=FOLDER for another published build of Godwit; separated by commas. All, if it is not given." };
Option<string> transports = new("--transports") { Description = "ws, tls, sse, poll, dc; separated by commas.", DefaultValueFactory = _ => "ws,tls,sse,poll,dc" };
Option<int?> threads = new("--threads") { Description = "Threads that receive; half the cores, 1 to 4." };
Option<FileInfo?> report = new("--report") { Description = "A Markdown file in which the report replaces the one before, such as docs/benchmarks.md; plots and samples go to a folder beside it." };
Option<FileInfo?> json = new("--json") { Description = "A file to write every sample to." };
Option<bool> noBuild = new("--no-build") { Description = "Measure the programs as they were built the last time." };
Option<bool> onlyPresent = new("--only-present") { Description = "Go on without the systems that are not installed." };

RootCommand command = new("Measures Godwit beside its peers and beside a floor in C.") { loads, rounds, quick, tiny, connections, entries, idle, rooms, data, systems, transports, threads, report, json, noBuild, onlyPresent };
command.SetAction(parsed =>
{
    if (!OperatingSystem.IsLinux())
    {
        Console.Error.WriteLine("The bench reads the kernel's accounts of Linux and runs only there.");
        return 2;
    }

    using CancellationTokenSource stop = new();
    using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }

    try
    {
        BenchOptions options = Options(parsed);
        IReadOnlyList<BenchLoad> chosenLoads = Catalogue.FindLoads(parsed.GetValue(loads) ?? []);
        IReadOnlyList<BenchSystem> chosen = Catalogue.FindSystems(parsed.GetValue(systems));
        Repository repository = new();
        if (WhatIsMissing(chosen, repository) is { Count: > 0 } missing)
        {
            Console.Error.WriteLine($"Missing on this machine:\n{string.Join('\n', missing.Select(static one => $"  {one.System.Name}: {one.Missing}"))}");
            if (!parsed.GetValue(onlyPresent))
            {
                Console.Error.WriteLine("bench/install-peers installs it from Debian and npm. Or go on without by --only-present, or name what to measure by --systems.");
                return 2;
            }

            chosen = [.. chosen.Except(missing.Select(static one => one.System))];
        }

        Machine.AllowConnections(options.MostConnections);
        Machine machine = Machine.Read(repository);
        Run run = new(chosenLoads, chosen, Catalogue.FindTransports(parsed.GetValue(transports)!), new BenchContext(repository, options, stop.Token));
        if (!parsed.GetValue(noBuild))
        {
            run.Build();
        }

        try
        {
            run.Rounds();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; what was measured until then:");
        }

        Results results = new(run.Samples);
        string line = string.Join(' ', ["dotnet run -c Release --project bench/Godwit.Bench --", .. args]);
        Conditions conditions = new(machine, options, line, [.. chosen.Select(system => (system.Name, system.Describe(repository)))], chosenLoads);
        Console.WriteLine(new MarkdownReport(results, conditions, plots: null));
        if (parsed.GetValue(report) is { } markdown)
        {
            ReportFile.Write(markdown.FullName, results, conditions);
        }

        if (parsed.GetValue(json) is { } file)
        {
            JsonReport.Write(file.FullName, results, conditions);
        }

        return stop.IsCancellationRequested ? 130 : results.All.Any(static sample => sample.Void is not null) ? 1 : 0;
    }
    catch (BenchFault fault)
    {
        Console.Error.WriteLine(fault.Message);
        return 2;
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
});
return command.Parse(args).Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });

BenchOptions Options(ParseResult parsed)
{
    BenchOptions options = new();
    options = parsed.GetValue(tiny) ? options.Tiny() : parsed.GetValue(quick) ? options.Quick() : options;
    return options with
    {
        Rounds = Math.Max(1, parsed.GetValue(rounds) ?? options.Rounds),
        Connections = Math.Max(1, parsed.GetValue(connections) ?? options.Connections),
        IdleConnections = Math.Max(1, parsed.GetValue(connections) ?? options.IdleConnections),
        Peers = Math.Max(1, parsed.GetValue(connections) ?? options.Peers),
        Entries = Math.Max(1, parsed.GetValue(entries) ?? options.Entries),
        Idle = TimeSpan.FromSeconds(Math.Max(0, parsed.GetValue(idle) ?? options.Idle.TotalSeconds)),
        Rooms = Math.Max(1, parsed.GetValue(rooms) ?? options.Rooms),
        DataFolder = parsed.GetValue(data)?.FullName ?? options.DataFolder,
        Threads = Math.Max(1, parsed.GetValue(threads) ?? options.Threads),
    };
}

static List<(BenchSystem System, string Missing)> WhatIsMissing(IEnumerable<BenchSystem> systems, Repository repository) =>
    [.. systems.Select(system => (system, system.Missing(repository)!)).Where(static one => one.Item2 is not null)];
