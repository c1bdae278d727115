using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Godwit.Bench;
using Godwit.Bench.Load;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

Argument<string> load = new("load") { Description = "What to measure: all (fanout, burst and idle), fanout, burst, idle or exchange.", DefaultValueFactory = _ => "all" };
load.AcceptOnlyFromAmong("all", "fanout", "burst", "idle", "exchange");
Option<int> rounds = new("--rounds") { Description = "How often every system is measured.", DefaultValueFactory = _ => 10 };
Option<bool> quick = new("--quick") { Description = "Three rounds." };
Option<int> connections = new("--connections") { Description = "Readers of fanout and idle.", DefaultValueFactory = _ => 5_000 };
Option<int> entries = new("--entries") { Description = "Entries of fanout, in each of its two forms.", DefaultValueFactory = _ => 200 };
Option<int> warmUp = new("--warm-up") { Description = "Entries of fanout before measuring.", DefaultValueFactory = _ => 60 };
Option<int> idle = new("--idle-seconds") { Description = "How long connections are idle before memory is read.", DefaultValueFactory = _ => 10 };
Option<string> systems = new("--systems") { Description = "godwit, floor, signalr, and NAME=FOLDER for another published build of Godwit; separated by commas.", DefaultValueFactory = _ => "floor,godwit,signalr" };
Option<string> transports = new("--transports") { Description = "ws, sse, poll; separated by commas.", DefaultValueFactory = _ => "ws,sse,poll" };
Option<int> threads = new("--threads") { Description = "Threads that receive.", DefaultValueFactory = _ => Math.Clamp(Environment.ProcessorCount / 2, 1, 4) };
Option<FileInfo?> json = new("--json") { Description = "A file to write every sample to." };
Option<bool> noBuild = new("--no-build") { Description = "Measure the programs as they were built the last time." };

RootCommand command = new("Measures Godwit beside a floor in C and a SignalR program.") { load, rounds, quick, connections, entries, warmUp, idle, systems, transports, threads, json, noBuild };
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
        BenchOptions options = new()
        {
            Loads = parsed.GetValue(load) is "all" or null ? ["fanout", "burst", "idle"] : [parsed.GetValue(load)!],
            Systems = parsed.GetValue(systems)!.Split(',', StringSplitOptions.RemoveEmptyEntries),
            Transports = [.. parsed.GetValue(transports)!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ParseTransport)],
            Rounds = parsed.GetValue(quick) ? 3 : Math.Max(1, parsed.GetValue(rounds)),
            Connections = Math.Max(1, parsed.GetValue(connections)),
            Entries = Math.Max(1, parsed.GetValue(entries)),
            WarmUp = Math.Max(1, parsed.GetValue(warmUp)),
            Idle = TimeSpan.FromSeconds(Math.Max(0, parsed.GetValue(idle))),
            Threads = Math.Max(1, parsed.GetValue(threads)),
        };
        Machine.AllowConnections(options.Connections);
        Repository repository = new();
        Machine machine = Machine.Read(repository);
        BenchSystem[] chosen = [.. options.Systems.Select(ParseSystem)];
        string line = string.Join(' ', ["dotnet run -c Release --project bench/Godwit.Bench --", .. args]);
        Run run = new(options, repository, stop.Token);
        if (!parsed.GetValue(noBuild))
        {
            run.Build(chosen);
        }

        if (options.Loads[0] == Exchange.Name)
        {
            Console.WriteLine(Exchange.Measure([.. chosen.OfType<GodwitSystem>()], repository, options, stop.Token));
            return 0;
        }

        try
        {
            run.Rounds(chosen);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; what was measured until then:");
        }

        Results results = new(run.Samples);
        Console.WriteLine(new MarkdownReport(results, machine, options, line));
        if (parsed.GetValue(json) is { } file)
        {
            JsonReport.Write(file.FullName, results, machine, options, line);
        }

        return stop.IsCancellationRequested ? 130 : results.All.Any(sample => sample.Void is not null) ? 1 : 0;
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

static Transport ParseTransport(string name) => name switch
{
    "ws" => Transport.WebSocket,
    "sse" => Transport.EventStream,
    "poll" => Transport.LongPoll,
    _ => throw new BenchFault($"'{name}' is no transport of the bench: ws, sse, poll."),
};

static BenchSystem ParseSystem(string name) => name switch
{
    "godwit" => new GodwitSystem("godwit", published: null),
    "floor" => new FloorSystem(),
    "signalr" => new SignalRSystem(),
    _ when name.IndexOf('=') is > 0 and int at && Directory.Exists(name[(at + 1)..]) => new GodwitSystem(name[..at], Path.GetFullPath(name[(at + 1)..])),
    _ => throw new BenchFault($"'{name}' is no system of the bench: godwit, floor, signalr, or NAME=FOLDER of a published build of Godwit."),
};
