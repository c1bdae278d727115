using System.Diagnostics;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Disks;
using Godwit.Sqlite.Data;

namespace Godwit.Server.Tests.Crash;

/// <summary>A server that dies again and again under load, on one directory, and clients that must not notice more than that.</summary>
/// <param name="program">The server.</param>
/// <param name="plan">How each life ends.</param>
/// <param name="seed">What clients do.</param>
internal sealed class CrashRun(string program, CrashPlan plan, int seed)
{
    private static readonly string[] Rooms = ["crash:0", "crash:1", "crash:2"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(4);

    private readonly CrashRecord _record = new();
    private readonly Lives _lives = new();

    /// <summary>How many publishers there are.</summary>
    public int Publishers { get; init; } = 6;

    /// <summary>What the disk does with a sync while power is to be lost.</summary>
    public DiskFault Fault { get; init; } = DiskFault.None;

    /// <summary>After which time no further life begins; what is left of the plan is not carried out then.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.MaxValue;

    /// <summary>Is told how far it is.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs the plan; gives what came of it.</summary>
    public async Task<CrashReport> RunAsync(CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        using var disk = new FaultyDisk();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        CrashPublisher[] publishers = [.. Enumerable.Range(0, Publishers).Select(i => new CrashPublisher(_record, _lives, Rooms, i, seed))];
        CrashReader[] readers = [.. ProbeTransports.All.Select((transport, i) => new CrashReader(_record, _lives, Rooms[i % Rooms.Length], transport))];
        Task[] publishing = [.. publishers.Select(publisher => Task.Run(() => publisher.RunAsync(stop.Token, end.Token), CancellationToken.None))];
        Task[] reading = [.. readers.Select(reader => Task.Run(() => reader.RunAsync(end.Token), CancellationToken.None))];
        int lives = 0;
        try
        {
            foreach (CrashPlan.Death death in plan.Deaths)
            {
                await LiveAsync(disk, death, cancel);
                lives++;
                if (lives % 50 == 0)
                {
                    Progress($"{clock.Elapsed.TotalSeconds:F0} s: {lives} of {plan.Deaths.Count} lives, {_record.Acknowledged} acknowledged, {_record.Violations.Count} violations");
                }

                if (_record.Violations.Count > 0 || clock.Elapsed > Longest)
                {
                    break;
                }
            }

            await EndAsync(disk, stop, end, publishing, readers, cancel);
        }
        finally
        {
            await stop.CancelAsync();
            await end.CancelAsync();
            await Task.WhenAll([.. publishing, .. reading]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new CrashReport
        {
            Seed = seed,
            Kills = plan.Deaths.Take(lives).Count(static death => !death.LosesPower),
            PowerLosses = plan.Deaths.Take(lives).Count(static death => death.LosesPower),
            Seconds = clock.Elapsed.TotalSeconds,
            Acknowledged = _record.Acknowledged,
            StoredBeforeTheyWereAcknowledged = _record.Duplicates,
            Requests = publishers.Sum(static publisher => publisher.Attempts),
            Read = readers.ToDictionary(static reader => $"{reader.Transport}", static reader => reader.Seen),
            Connections = readers.ToDictionary(static reader => $"{reader.Transport}", static reader => reader.Connections),
            Violations = _record.Violations,
        };
    }

    private static string[] Arguments(FaultyDisk disk) => ["serve", "--listen", "http://127.0.0.1:0", "--data", disk.Directory, "--config", Path.Combine(disk.Directory, "..", "godwit.json")];

    private async Task LiveAsync(FaultyDisk disk, CrashPlan.Death death, CancellationToken cancel)
    {
        disk.Set(death.LosesPower && Fault != DiskFault.None ? Fault : death is { LosesPower: true, ShortWrites: true } ? DiskFault.ShortWrites : DiskFault.None);
        if (death.LosesPower)
        {
            disk.Settle();
        }

        CrashServer server = Start(disk, death.LosesPower);
        if (!death.BeforeItListens)
        {
            long before = _record.Acknowledged, start = Stopwatch.GetTimestamp();
            await BeginsAsync(server);
            while (_record.Acknowledged < before + death.Acknowledged && Stopwatch.GetElapsedTime(start) < LongestLife)
            {
                await Task.Delay(2, cancel);
            }
        }

        await Task.Delay(death.BeforeItListens ? death.After * 5 : death.After, cancel);
        _lives.Ends();
        await server.DisposeAsync();
        if (death.LosesPower)
        {
            disk.LosePower(new Random(death.Seed), death.Survives);
        }
    }

    // A last life that nobody ends: everything is acknowledged, read, and compared.
    private async Task EndAsync(FaultyDisk disk, CancellationTokenSource stop, CancellationTokenSource end, Task[] publishing, CrashReader[] readers, CancellationToken cancel)
    {
        disk.Set(DiskFault.None);
        await using CrashServer server = Start(disk, withLayer: false);
        if (await BeginsAsync(server) is not { } mount)
        {
            return;
        }

        if (_record.Violations.Count > 0)
        {
            // What a violation did to clients keeps some of them from their end.
            return;
        }

        await Task.Delay(200, cancel);
        await stop.CancelAsync();
        try
        {
            await Task.WhenAll(publishing).WaitAsync(Patience, cancel);
        }
        catch (TimeoutException)
        {
            _record.Violates($"Publishes were not acknowledged within {Patience.TotalSeconds} s of the last start.");
        }

        long start = Stopwatch.GetTimestamp();
        while (readers.Any(reader => reader.Seen < _record.Newest(reader.Room)) && Stopwatch.GetElapsedTime(start) < Patience && _record.Violations.Count == 0)
        {
            await Task.Delay(50, cancel);
        }

        foreach (CrashReader reader in readers.Where(reader => reader.Seen < _record.Newest(reader.Room)))
        {
            _record.Violates($"{reader.Room} over {reader.Transport}: the reader stands at entry {reader.Seen}, and {_record.Newest(reader.Room)} was acknowledged");
        }

        foreach (string room in Rooms)
        {
            await ReadAllAsync(mount, room, cancel);
        }

        await end.CancelAsync();
        await server.DisposeAsync();
        DataCheck.Run(disk.Directory, fault => _record.Violates($"godwit data check: {fault}"));
    }

    private async Task ReadAllAsync(Uri mount, string room, CancellationToken cancel)
    {
        var log = new HashSet<long>();
        long newest = _record.Newest(room), start = Stopwatch.GetTimestamp();
        ProbeStart from = ProbeStart.Oldest;
        while (log.Count < newest && Stopwatch.GetElapsedTime(start) < Patience)
        {
            // An answer that does not come on a busy machine is asked for again; what is missing is never there.
            await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ShortPoll, new ProbeTarget { Mount = mount, Room = room, Limit = 1000, Keep = 1 }, from);
            ProbeFrame frame;
            do
            {
                frame = await reader.ReadAsync(cancel);
                if (frame.Kind == ProbeFrameKind.Entry)
                {
                    log.Add(ProbeFrameParser.OffsetOf(frame.Position!));
                    _record.Sees(room, frame.Position!, frame.Data!, "the whole log");
                }
            }
            while (frame.Kind is ProbeFrameKind.Joined or ProbeFrameKind.Answer or ProbeFrameKind.Entry && log.Count < newest && Stopwatch.GetElapsedTime(start) < Patience);
            from = reader.Resume;
        }

        _record.Compare(room, log);
    }

    private CrashServer Start(FaultyDisk disk, bool withLayer)
    {
        string[] arguments = Arguments(disk);
        if (!File.Exists(arguments[^1]))
        {
            File.WriteAllText(arguments[^1], """{ "retention": { "age": "24h", "entries": 100000000, "bytes": "16GiB" }, "limits": { "requests": "off" } }""");
        }

        return CrashServer.Start(program, arguments, withLayer ? disk.Variables : null);
    }

    private async Task<Uri?> BeginsAsync(CrashServer server)
    {
        Uri? mount = await server.Mount;
        if (mount is null)
        {
            // With its end all that it said is there.
            await server.DisposeAsync();
            _record.Violates($"The server did not start: {server.Said}");
            return null;
        }

        _lives.Begins(mount);
        return mount;
    }
}
