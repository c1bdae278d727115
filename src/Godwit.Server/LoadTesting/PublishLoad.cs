using System.Collections.Concurrent;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.LoadTesting;

/// <summary>Publishes the entries of a load, and keeps what became of them.</summary>
internal sealed class PublishLoad(LoadPlan plan, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private long _acknowledged;
    private long _refused;
    private long _failed;
    private long _next;
    private long _sent;
    private long _head;

    /// <summary>Entries that are stored.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Publishes that the server refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Publishes without an answer.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Entries of the schedule that were never sent, since publishers were too late; 0 without a rate.</summary>
    public long Unsent => plan.Rate is { } rate ? Math.Max(0, Scheduled(rate, plan.Duration.TotalSeconds) - Interlocked.Read(ref _sent)) : 0;

    /// <summary>The highest offset that was acknowledged.</summary>
    public long Head => Interlocked.Read(ref _head);

    /// <summary>How long acknowledgements took, from when the publish was due.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Why publishes were refused or failed, with how often.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>Publishes one entry, to see whether it may.</summary>
    /// <exception cref="ServerFault">It may not.</exception>
    public static async Task RequirePublishableAsync(ProbeTarget target, CancellationToken cancel)
    {
        await using var publisher = new HttpPublisher(target);
        PublishOutcome outcome;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            outcome = await publisher.PublishAsync("null", patience.Token).ConfigureAwait(false);
        }
        catch (ContractException fault)
        {
            throw new ServerFault(ServerContact.Stranger(target.Mount, fault));
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            throw new ServerFault(ServerContact.Explain(fault, target.Mount, Patience));
        }

        if (outcome.Position is null && !Refusal.IsTemporary(outcome.Code, outcome.Status))
        {
            throw new ServerFault($"{target.Mount} refuses a publish with {Refusal.Line(outcome.Raw, outcome.Status, outcome.Code)}");
        }
    }

    /// <summary>Publishes until the time is up, or it is cancelled.</summary>
    public Task RunAsync(long begun, CancellationToken cancel) => Task.WhenAll(Enumerable.Range(0, plan.Publishers).Select(_ => PublishAsync(begun, cancel)));

    private async Task PublishAsync(long begun, CancellationToken cancel)
    {
        ProbeTarget target = plan.Server.Room(plan.Room) with { Time = time };
        var publisher = new HttpPublisher(target);
        try
        {
            while (await DueAsync(begun, cancel).ConfigureAwait(false) is { } due)
            {
                TimeSpan pause = default;
                try
                {
                    using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    patience.CancelAfter(Patience);
                    pause = Take(await publisher.PublishAsync(LoadEntry.Write(due, plan.Size), "application/json", cancel: patience.Token).ConfigureAwait(false), due);
                }
                catch (Exception fault) when (fault is ContractException || ServerContact.IsNetwork(fault, cancel))
                {
                    Interlocked.Increment(ref _failed);
                    Fail(fault is ContractException stranger ? $"something else answers ({stranger.Fault.TrimEnd('.')})" : ServerContact.Explain(fault, target.Mount, Patience));
                    await publisher.DisposeAsync().ConfigureAwait(false);
                    publisher = new HttpPublisher(target);
                    pause = TimeSpan.FromMilliseconds(250);
                }

                // At a rate the next entry is due when it is due.
                if (pause > TimeSpan.Zero && plan.Rate is null)
                {
                    await Task.Delay(pause, time, cancel).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The run ends early.
        }
        finally
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<long?> DueAsync(long begun, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (plan.Rate is not { } rate)
        {
            return time.GetElapsedTime(begun) < plan.Duration ? time.GetTimestamp() : null;
        }

        // One schedule for all publishers: whoever is free takes the next entry, and one that is late counts from when it was due.
        double seconds = (Interlocked.Increment(ref _next) - 1) / rate;
        if (seconds >= plan.Duration.TotalSeconds)
        {
            return null;
        }

        TimeSpan left = TimeSpan.FromSeconds(seconds) - time.GetElapsedTime(begun);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancel).ConfigureAwait(false);
        }
        else if (-left > plan.Duration)
        {
            return null;
        }

        Interlocked.Increment(ref _sent);

        // A timer may be a moment early.
        return Math.Min(time.GetTimestamp(), begun + (long)(seconds * time.TimestampFrequency));
    }

    // How many entries are due before the end: those n with n / rate < seconds, as the schedule itself divides.
    private static long Scheduled(double rate, double seconds)
    {
        long count = (long)Math.Ceiling(rate * seconds);
        while (count > 0 && (count - 1) / rate >= seconds)
        {
            count--;
        }

        while (count / rate < seconds)
        {
            count++;
        }

        return count;
    }

    private TimeSpan Take(PublishOutcome outcome, long due)
    {
        if (outcome.Position is null)
        {
            Interlocked.Increment(ref _refused);
            Fail(Refusal.Line(outcome.Raw, outcome.Status, outcome.Code));
            return TimeSpan.FromMilliseconds(outcome.Retry ?? 0);
        }

        Latencies.Add(time.GetElapsedTime(due));
        Interlocked.Increment(ref _acknowledged);
        long head = Interlocked.Read(ref _head);
        for (long offset = outcome.Offset; offset > head;)
        {
            long seen = Interlocked.CompareExchange(ref _head, offset, head);
            if (seen == head)
            {
                break;
            }

            head = seen;
        }

        return default;
    }

    private void Fail(string why) => Failures.AddOrUpdate(why, 1, static (_, count) => count + 1);
}
