using System.Diagnostics;
using System.Globalization;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Clients as they should be: a publisher at a steady pace, and readers of all pushing transports, who note how late each entry is.</summary>
internal sealed class WellBehaved(Uri mount)
{
    private const int Rooms = 4;

    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly ProbeTransport[] Transports = [.. ProbeTransports.OverHttp.Where(static transport => transport.Pushes())];

    /// <summary>Publishes so many entries, one every so often, in turn to each room, to readers that must get each of them once and in order.</summary>
    /// <param name="entries">The entries of each room.</param>
    /// <param name="every">The pause between two.</param>
    /// <param name="meanwhile">Runs from when all readers have joined, until the last has its last entry; the first is published when it says that it has begun.</param>
    /// <returns>How late entries were, all readers together.</returns>
    public async Task<Lateness> RunAsync(int entries, TimeSpan every, Func<Action, CancellationToken, Task>? meanwhile = null)
    {
        string run = Guid.NewGuid().ToString("N")[..8];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience + (entries * Rooms * every));
        var joined = new List<Task>();
        var reading = new List<Task<List<double>>>();
        for (int room = 0; room < Rooms; room++)
        {
            foreach (ProbeTransport transport in Transports)
            {
                var isThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                joined.Add(isThere.Task);
                reading.Add(ReadAsync(transport, Target(run, room), entries, isThere, patience.Token));
            }
        }

        await Task.WhenAll(joined).WaitAsync(patience.Token);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task other = meanwhile?.Invoke(begun.SetResult, over.Token) ?? Task.CompletedTask;
        try
        {
            if (meanwhile is not null)
            {
                await await Task.WhenAny(begun.Task, other).WaitAsync(patience.Token);
            }

            await PublishAsync(run, entries, every, patience.Token);
            List<double>[] late = await Task.WhenAll(reading);
            return new Lateness([.. late.SelectMany(static reader => reader)]);
        }
        finally
        {
            await over.CancelAsync();
            await other;
        }
    }

    private ProbeTarget Target(string run, int room) => new() { Mount = mount, Room = $"good:{run}:{room}" };

    private async Task PublishAsync(string run, int entries, TimeSpan every, CancellationToken cancel)
    {
        HttpPublisher[] publishers = [.. Enumerable.Range(0, Rooms).Select(room => new HttpPublisher(Target(run, room)))];
        try
        {
            using var pace = new PeriodicTimer(every);
            for (int i = 0; i < entries * Rooms; i++)
            {
                await pace.WaitForNextTickAsync(cancel);
                PublishOutcome outcome = await publishers[i % Rooms].PublishAsync(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture), cancel);
                Assert.True(outcome.Position is not null, $"A well-behaved publisher was refused: {outcome.Raw}");
            }
        }
        finally
        {
            foreach (HttpPublisher publisher in publishers)
            {
                await publisher.DisposeAsync();
            }
        }
    }

    private static async Task<List<double>> ReadAsync(ProbeTransport transport, ProbeTarget target, int entries, TaskCompletionSource joined, CancellationToken cancel)
    {
        var late = new List<double>(entries);
        await using ReaderProbe reader = ReaderProbe.Open(transport, target, ProbeStart.Oldest);
        try
        {
            while (late.Count < entries)
            {
                ProbeFrame frame = await reader.ReadAsync(cancel);
                switch (frame.Kind)
                {
                    case ProbeFrameKind.Entry:
                        Assert.True(frame.Offset == late.Count + 1, $"{transport}: expected entry {late.Count + 1}, but:\n{string.Join('\n', reader.Recent)}");
                        late.Add(Stopwatch.GetElapsedTime(long.Parse(frame.Data!, CultureInfo.InvariantCulture)).TotalMilliseconds);
                        break;
                    case ProbeFrameKind.Joined:
                        joined.TrySetResult();
                        break;
                    case ProbeFrameKind.End or ProbeFrameKind.Error or ProbeFrameKind.Gap or ProbeFrameKind.Reset:
                        Assert.Fail($"{transport}: a well-behaved reader was let down:\n{string.Join('\n', reader.Recent)}");
                        break;
                }
            }
        }
        catch (Exception failure)
        {
            joined.TrySetException(failure);
            throw;
        }

        return late;
    }
}

/// <summary>How late entries were, in ms.</summary>
internal sealed class Lateness(IEnumerable<double> samples)
{
    private readonly double[] _sorted = [.. samples.Order()];

    /// <summary>The lateness that so many of a thousand entries do not pass.</summary>
    public double At(int permille) => _sorted[Math.Min(_sorted.Length - 1, _sorted.Length * permille / 1000)];

    public override string ToString() => FormattableString.Invariant($"p50 {At(500):0.00} ms, p99 {At(990):0.00} ms, {_sorted.Length} deliveries");
}
