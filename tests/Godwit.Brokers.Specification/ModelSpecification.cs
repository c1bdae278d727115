using CsCheck;
using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Random interleavings of publishing, time and reading, compared with a model.</summary>
public abstract class ModelSpecification : BrokerSpecification
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(60);

    // Most positions are as they were handed out, or no read would be ok.
    private static readonly Gen<Twist> Twists = Gen.Frequency((5, Gen.Const(Twist.None)), (3, Gen.Enum<Twist>()));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (4, Gen.Select(Gen.Int[1, 6], Gen.Int[2, 120], (count, size) => (Step)new Step.Publish(count, size))),
        (1, Gen.Int[0, 40_000].Select(ms => (Step)new Step.Wait(TimeSpan.FromMilliseconds(ms)))),
        (8, Gen.Select(Gen.Enum<ReadFromKind>(), Twists, Gen.Double[0, 1], Gen.Int[0, 8], Gen.Int[0, 400])
            .Select((kind, twist, at, limit, bytes) => (Step)new Step.Read(kind, twist, at, new ReadLimits(limit, bytes)))));

    /// <summary>What a read does to a position that was handed out.</summary>
    protected enum Twist
    {
        None,
        Mark,
        Epoch,
        Future,
    }

    /// <summary>How many interleavings are tried.</summary>
    protected virtual int Interleavings => 1000;

    [Fact]
    public async Task Any_interleaving_of_publishing_time_and_reading_agrees_with_the_model() =>
        await Steps.Array[1, 60].SampleAsync(RunAsync, iter: Interleavings);

    private async Task RunAsync(Step[] steps)
    {
        const long Bytes = 600, Entries = 12;
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(Age, Bytes, Entries));
        await using IAsyncDisposable endStore = store, endBroker = broker;
        var model = new LogModel((await HeadAsync(broker, Room)).Head.Epoch, Age, Bytes, Entries, Slack);
        TimeSpan now = TimeSpan.Zero;
        long trimmed = 0;
        foreach (Step step in steps)
        {
            switch (step)
            {
                case Step.Publish publish:
                    for (int i = 0; i < publish.Count; i++)
                    {
                        Appended appended = await broker.AppendAsync(Room, Sized(publish.Size), null, Cancel);
                        Assert.Equal(model.Head with { Offset = model.Head.Offset + 1, Mark = appended.Position.Mark }, appended.Position);
                        model.Add(appended.Position, publish.Size, now);
                    }

                    break;
                case Step.Wait wait:
                    await store.AdvanceAsync(wait.Span);
                    now += wait.Span;
                    break;
                case Step.Read read:
                    LogPage page = await broker.ReadAsync(Room, From(read, model), read.Limits, Cancel);
                    (long must, long may) = model.Trimmed(now);
                    Assert.InRange(page.Oldest.Offset, Math.Max(must, trimmed), may);
                    trimmed = page.Oldest.Offset;
                    Compare(read, From(read, model), page, model);
                    break;
            }
        }
    }

    private static ReadFrom From(Step.Read read, LogModel model)
    {
        Position known = model[(long)Math.Round(read.At * model.Head.Offset)];
        Position position = read.Twist switch
        {
            Twist.Mark => OtherMark(known),
            Twist.Epoch => OtherEpoch(known),
            Twist.Future => known with { Offset = model.Head.Offset + 1 + (long)(read.At * 3) },
            _ => known,
        };
        return read.Kind switch
        {
            ReadFromKind.Now => ReadFrom.Now,
            ReadFromKind.Start => ReadFrom.Start,
            ReadFromKind.Last => ReadFrom.Last((long)(read.At * 20)),
            ReadFromKind.After => ReadFrom.After(position),
            ReadFromKind.Continue => ReadFrom.Continue(position.Epoch, position.Offset),
            _ => ReadFrom.Before(position),
        };
    }

    private static void Compare(Step.Read read, ReadFrom from, LogPage page, LogModel model)
    {
        long trimmed = page.Oldest.Offset, head = model.Head.Offset;
        Assert.Equal(model[trimmed], page.Oldest);
        Assert.Equal(model.Head, page.Head);

        bool judged = from.Kind is ReadFromKind.After or ReadFromKind.Continue or ReadFromKind.Before;
        Verdict verdict = judged ? model.Judge(from.Position, trimmed, from.Kind != ReadFromKind.Continue) : Verdict.Ok;
        Assert.Equal(verdict, page.Verdict);
        Assert.Equal(verdict == Verdict.Gap ? new OffsetRange(from.Position.Offset + 1, trimmed) : null, page.Missing);

        (long start, long end) = (from.Kind, verdict) switch
        {
            (ReadFromKind.Now, _) => (head, head),
            (ReadFromKind.Last, _) => (Math.Max(trimmed, head - from.Count), head),
            (ReadFromKind.Before, Verdict.Gap) => (trimmed, trimmed),
            (ReadFromKind.Before, Verdict.Ok) => (trimmed, Math.Max(trimmed, from.Position.Offset - 1)),
            (ReadFromKind.After or ReadFromKind.Continue, Verdict.Ok) => (from.Position.Offset, head),
            _ => (trimmed, head),
        };
        long[] offsets = Offsets(start + 1, end);
        bool backward = from.Kind == ReadFromKind.Before;
        long sum = 0;
        int fits = (backward ? offsets.Reverse() : offsets).Take(read.Limits.Entries)
            .TakeWhile((offset, i) => (sum += model.Size(offset)) <= read.Limits.Bytes || i == 0).Count();
        Assert.Equal(backward ? offsets[^fits..] : offsets[..fits], Offsets(page));
        Assert.Equal(model[backward ? end - fits : start], page.Start);
        Assert.All(page.Entries, entry => Assert.Equal(model[entry.Offset].Mark, entry.Mark));
        Assert.Equal(model[backward ? end : start + fits], page.End);
    }

    /// <summary>One thing that happens.</summary>
    protected abstract record Step
    {
        /// <summary>Entries of one size.</summary>
        public sealed record Publish(int Count, int Size) : Step;

        /// <summary>Time passes.</summary>
        public sealed record Wait(TimeSpan Span) : Step;

        /// <summary>Somebody reads.</summary>
        public sealed record Read(ReadFromKind Kind, Twist Twist, double At, ReadLimits Limits) : Step;
    }
}
