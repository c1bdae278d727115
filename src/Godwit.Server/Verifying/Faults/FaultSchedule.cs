using System.Text.Json;

namespace Godwit.Server.Verifying.Faults;

/// <summary>Which faults are to be made when: the same seed, the same schedule.</summary>
internal static class FaultSchedule
{
    /// <summary>Draws a schedule.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="kinds">What may be drawn.</param>
    /// <param name="servers">How many servers there are.</param>
    /// <param name="duration">How long the run is to be; the last tenth, but at least 1 s, is without faults.</param>
    /// <param name="pause">The mean of the pauses between two faults.</param>
    public static IReadOnlyList<FaultStep> Draw(int seed, IReadOnlyList<FaultKind> kinds, int servers, TimeSpan duration, TimeSpan pause)
    {
        var steps = new List<FaultStep>();
        if (kinds.Count == 0)
        {
            return steps;
        }

        var random = new Random(seed);
        TimeSpan end = duration - TimeSpan.FromSeconds(Math.Max(1, duration.TotalSeconds / 10));
        var turn = new Queue<FaultKind>();
        for (TimeSpan at = Pause(random, pause); at < end;)
        {
            if (turn.Count == 0)
            {
                // Each kind comes once before any comes again.
                FaultKind[] round = [.. kinds];
                random.Shuffle(round);
                turn = new Queue<FaultKind>(round);
            }

            FaultKind kind = turn.Dequeue();
            var step = new FaultStep(TimeSpan.FromMilliseconds(Math.Round(at.TotalMilliseconds)), kind, random.Next(servers), Lasts(kind, random), Amount(kind, random));
            steps.Add(step);
            at += step.Lasts + Takes(kind) + Pause(random, pause);
        }

        return steps;
    }

    /// <summary>Reads a schedule from a report, or from an array of steps.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IReadOnlyList<FaultStep> Read(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement steps = document.RootElement;
            if (steps.ValueKind == JsonValueKind.Object && !steps.TryGetProperty("schedule", out steps))
            {
                throw new FormatException("it has no 'schedule'");
            }

            return steps.ValueKind == JsonValueKind.Array ? [.. steps.EnumerateArray().Select(FaultStep.Read).OrderBy(static step => step.At)] : throw new FormatException("a schedule is an array of steps");
        }
        catch (JsonException fault)
        {
            throw new FormatException($"it is not JSON: {fault.Message}");
        }
    }

    private static TimeSpan Pause(Random random, TimeSpan mean) => mean * (0.5 + random.NextDouble());

    // What has no time of its own takes some all the same.
    private static TimeSpan Takes(FaultKind kind) => TimeSpan.FromSeconds(kind switch
    {
        FaultKind.Revoke or FaultKind.Drain => 4,
        FaultKind.RollingRestart => 12,
        FaultKind.StoreFailover => 14,
        FaultKind.Kill or FaultKind.PowerLoss => 1,
        _ => 0,
    });

    private static TimeSpan Lasts(FaultKind kind, Random random) => TimeSpan.FromMilliseconds(kind switch
    {
        FaultKind.CutAtByte => random.Next(1000, 4000),
        FaultKind.NetworkCut or FaultKind.LinkCut => random.Next(500, 4000),
        FaultKind.NetworkDelay => random.Next(1000, 4000),
        FaultKind.SlowReaders => random.Next(1000, 5000),
        FaultKind.Freeze => random.Next(300, 4000),
        FaultKind.ClockStep => random.Next(1000, 3000),
        FaultKind.DiskFull => random.Next(1000, 4000),
        FaultKind.StoreKill => random.Next(0, 6000),
        FaultKind.StoreFreeze or FaultKind.StoreNetworkCut or FaultKind.StoreLinkCut => random.Next(500, 7000),
        FaultKind.StoreDelay => random.Next(1000, 4000),
        FaultKind.StoreOutage => random.Next(9000, 13_000),
        _ => 0,
    });

    private static int Amount(FaultKind kind, Random random) => kind switch
    {
        // Heads of answers are some 300 octets, so many cuts fall into a head, a frame or between two.
        FaultKind.CutAtByte => random.Next(4) == 0 ? random.Next(1, 400) : random.Next(200, 8000),
        FaultKind.NetworkDelay => random.Next(20, 300),
        FaultKind.StoreDelay => random.Next(5, 120),
        FaultKind.StoreOutage => random.Next(3),
        FaultKind.StoreFailover => random.Next(2) * random.Next(600),
        FaultKind.ClockStep => random.Next(30, 900) * (random.Next(2) == 0 ? 1 : -1),
        FaultKind.PowerLoss => random.Next(0, 101),
        _ => 0,
    };
}
