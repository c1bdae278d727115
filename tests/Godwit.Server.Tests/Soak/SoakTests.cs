using System.Diagnostics;
using System.Globalization;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Soak;

/// <summary>
/// The promises under load, on the real server in a process of its own. The short form runs with all tests; with
/// <c>GODWIT_SOAK=1</c> it publishes 1,000,000 entries. <c>GODWIT_SOAK_ENTRIES</c>, <c>GODWIT_SOAK_SEED</c> and
/// <c>GODWIT_SOAK_SERVER</c> (the path of another build) change it.
/// </summary>
public sealed class SoakTests
{
    private const int Rooms = 8;
    private const int Publishers = 8;
    private const int ReadersOfRoom = 3;

    [Fact]
    public async Task Readers_that_drop_and_switch_at_random_see_every_entry_exactly_once_and_in_order()
    {
        bool full = Environment.GetEnvironmentVariable("GODWIT_SOAK") == "1";
        int entries = Setting("GODWIT_SOAK_ENTRIES") ?? (full ? 1_000_000 : 60_000);
        int seed = Setting("GODWIT_SOAK_SEED") ?? Random.Shared.Next();
        await using ServerProcess server = await ServerProcess.StartAsync(
        [
            ("retention__entries", "100000000"),
            ("retention__bytes", "16GiB"),
            ("retention__age", "24h"),
            ("memory__logs", "8GiB"),
        ]);
        try
        {
            await RunAsync(server, entries, seed);
        }
        catch (Exception fault) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"The soak failed with GODWIT_SOAK_SEED={seed} GODWIT_SOAK_ENTRIES={entries}: {fault.Message}\nThe server printed:\n{server.Output}", fault);
        }
    }

    private static async Task RunAsync(ServerProcess server, int entries, int seed)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        SoakRoom[] rooms = [.. Enumerable.Range(0, Rooms).Select(i => new SoakRoom(new ProbeTarget
        {
            Mount = server.Mount,
            Room = $"soak:{i}",
            Wait = TimeSpan.FromSeconds(20),
            PollEvery = TimeSpan.FromMilliseconds(50),
            Keep = 1,
        }))];
        SoakReader[] readers = [.. Enumerable.Range(0, Rooms * ReadersOfRoom).Select(i => new SoakReader(rooms[i % Rooms], seed + i, Math.Clamp(entries / 150, 60, 3000), $"reader {i}"))];
        var clock = Stopwatch.StartNew();
        Task reporting = ReportAsync(server, rooms, readers, clock, failed.Token);
        Task[] reading = [.. readers.Select(reader => Task.Run(() => reader.RunAsync(failed.Token)))];
        Task publishing = PublishAsync(rooms, entries, seed, failed.Token);
        try
        {
            await FirstFaultOrAllAsync([publishing, .. reading]);
        }
        finally
        {
            await failed.CancelAsync();
            await reporting;
        }

        Assert.False(server.HasExited);
        Assert.Equal(entries, rooms.Sum(room => room.Entries));
        Report(server, rooms, readers, clock);
    }

    /// <summary>Each publisher writes into all rooms in turn, one request an entry.</summary>
    private static async Task PublishAsync(SoakRoom[] rooms, int entries, int seed, CancellationToken cancel)
    {
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(i => Task.Run(() => PublishShareAsync(i), cancel)));
        foreach (SoakRoom room in rooms)
        {
            await using var publisher = new HttpPublisher(room.Target);
            await publisher.PublishAsync(SoakRoom.Last, cancel);
        }

        async Task PublishShareAsync(int share)
        {
            var random = new Random(~seed + share);
            HttpPublisher[] publishers = [.. rooms.Select(room => new HttpPublisher(room.Target))];
            for (int i = share; i < entries; i += Publishers)
            {
                int room = random.Next(Rooms);
                string json = string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{i},\"text\":\"{new string('x', random.Next(120))}\"}}");
                await rooms[room].PublishAsync(publishers[room], json, twice: random.Next(50) == 0, cancel);
            }

            foreach (HttpPublisher publisher in publishers)
            {
                await publisher.DisposeAsync();
            }
        }
    }

    private static async Task FirstFaultOrAllAsync(List<Task> tasks)
    {
        while (tasks.Count > 0)
        {
            Task ended = await Task.WhenAny(tasks);
            tasks.Remove(ended);
            await ended;
        }
    }

    /// <summary>Reports progress, and fails when nobody gets on.</summary>
    private static async Task ReportAsync(ServerProcess server, SoakRoom[] rooms, SoakReader[] readers, Stopwatch clock, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), cancel).ContinueWith(_ => { }, CancellationToken.None);
            Report(server, rooms, readers, clock);
        }
    }

    private static void Report(ServerProcess server, SoakRoom[] rooms, SoakReader[] readers, Stopwatch clock) =>
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"soak {clock.Elapsed.TotalSeconds,4:F0} s: {rooms.Sum(room => room.Entries):N0} published, {readers.Sum(reader => reader.Seen):N0} read over {readers.Sum(reader => reader.Connections.Sum()):N0} connections ({string.Join(", ", ProbeTransports.All.Select(transport => $"{transport} {readers.Sum(reader => reader.Connections[(int)transport]):N0}"))}); the slowest reader is {readers.Zip(Enumerable.Range(0, readers.Length), (reader, i) => rooms[i % Rooms].Entries - reader.Seen).Max():N0} behind; server {server.Memory >> 20} MiB"));

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) : null;
}
