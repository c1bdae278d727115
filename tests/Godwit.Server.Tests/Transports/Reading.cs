using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>What tests read: every wait ends with a failure that shows the frames so far.</summary>
internal static class Reading
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // For what matters, while there are signs of life: those of a data channel come on the network's time, whatever the test's clock shows.
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(120);

    /// <summary>The next frame that is not a sign of life only.</summary>
    public static async Task<ProbeFrame> NextAsync(this ReaderProbe reader)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ProbeFrame frame = await reader.AnyAsync();
            if (frame.Kind is not (ProbeFrameKind.Heartbeat or ProbeFrameKind.Answer))
            {
                return frame;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < LongPatience, $"Nothing but signs of life came over {reader.Transport}. Before:\n{reader.Story()}");
        }
    }

    /// <summary>The next frame of whatever kind.</summary>
    public static async Task<ProbeFrame> AnyAsync(this ReaderProbe reader)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"Nothing came over {reader.Transport}. Before:\n{reader.Story()}");
        }
    }

    /// <summary>The next frame that matters, which must be of this kind.</summary>
    public static async Task<ProbeFrame> NextAsync(this ReaderProbe reader, ProbeFrameKind kind)
    {
        ProbeFrame frame = await reader.NextAsync();
        Assert.True(frame.Kind == kind, $"Expected {kind} over {reader.Transport}, but:\n{reader.Story()}");
        return frame;
    }

    /// <summary>Reads on until a frame of this kind; entries, and what says that the store is away or back, may come before.</summary>
    public static async Task<ProbeFrame> UntilAsync(this ReaderProbe reader, ProbeFrameKind kind)
    {
        while (true)
        {
            ProbeFrame frame = await reader.NextAsync();
            if (frame.Kind == kind)
            {
                return frame;
            }

            Assert.True(frame.Kind is ProbeFrameKind.Entry or ProbeFrameKind.Degraded or ProbeFrameKind.Restored, $"Waited for {kind} over {reader.Transport}, but:\n{reader.Story()}");
        }
    }

    /// <summary>The first frame, with the verdict <c>ok</c>.</summary>
    public static async Task<ProbeFrame> JoinAsync(this ReaderProbe reader)
    {
        ProbeFrame joined = await reader.NextAsync(ProbeFrameKind.Joined);
        Assert.True(joined.Verdict == Protocol.Verdict.Ok, $"Expected the verdict ok over {reader.Transport}, but:\n{reader.Story()}");
        return joined;
    }

    /// <summary>The next entries; nothing else may come between.</summary>
    public static async Task<List<ProbeFrame>> EntriesAsync(this ReaderProbe reader, int count)
    {
        var entries = new List<ProbeFrame>(count);
        while (entries.Count < count)
        {
            entries.Add(await reader.NextAsync(ProbeFrameKind.Entry));
        }

        return entries;
    }

    /// <summary>The next entries, whose offsets must be these.</summary>
    public static async Task<List<ProbeFrame>> EntriesAsync(this ReaderProbe reader, long from, long to)
    {
        List<ProbeFrame> entries = await reader.EntriesAsync((int)(to - from + 1));
        Assert.True(
            entries.Select(entry => entry.Offset).SequenceEqual(Enumerable.Range(0, entries.Count).Select(i => from + i)),
            $"Expected the entries {from} to {to} over {reader.Transport}, but:\n{reader.Story()}");
        return entries;
    }

    /// <summary>Publishes an entry and makes sure that it is the very next thing the reader sees: nothing stood in between.</summary>
    public static async Task AssertNothingElseAsync(this ReaderProbe reader)
    {
        long offset = (await PublishAsync(reader.Target, "\"nothing else\"")).Offset;
        Assert.Equal(offset, (await reader.NextAsync(ProbeFrameKind.Entry)).Offset);
    }

    /// <summary>The error that a reader is refused with.</summary>
    public static async Task<ProbeFrame> RefusalAsync(this ReaderProbe reader)
    {
        ProbeFrame refusal = await reader.NextAsync(ProbeFrameKind.Error);
        await reader.NextAsync(ProbeFrameKind.End);
        return refusal;
    }

    /// <summary>The latest frames, for a failure.</summary>
    public static string Story(this ReaderProbe reader) => string.Join("\n", reader.Recent.TakeLast(20));

    /// <summary>Publishes one entry by POST.</summary>
    public static async Task<PublishOutcome> PublishAsync(ProbeTarget target, string json, bool keepsHeaders = false)
    {
        await using var publisher = new HttpPublisher(keepsHeaders ? target : target with { Headers = [] });
        PublishOutcome outcome = await publisher.PublishAsync(json, TestContext.Current.CancellationToken);
        Assert.True(outcome.Position is not null, $"A publish was refused: {outcome.Raw}");
        return outcome;
    }

    /// <summary>Publishes entries whose data are their numbers, 1 to <paramref name="count"/>; returns their positions.</summary>
    public static async Task<List<string>> FillAsync(ProbeTarget target, int count, int first = 1)
    {
        await using var publisher = new HttpPublisher(target);
        var positions = new List<string>(count);
        for (int i = first; i < first + count; i++)
        {
            PublishOutcome outcome = await publisher.PublishAsync(FormattableString.Invariant($"{i}"), TestContext.Current.CancellationToken);
            Assert.True(outcome.Position is not null, $"A publish was refused: {outcome.Raw}");
            positions.Add(outcome.Position);
        }

        return positions;
    }
}
