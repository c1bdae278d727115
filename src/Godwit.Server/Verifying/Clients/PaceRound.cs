using System.Globalization;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>The store goes away and comes back: readers have to be told in time and stay, publishers refused in time, and both have to go on in time.</summary>
internal sealed class PaceRound(RunRecord record, Deployment deployment, RoomRecord room, Bounds bounds, TimeSpan lasts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50);

    private readonly PaceOutage _outage = new(lasts);
    private TimeSpan _back;

    /// <summary>Carries it out.</summary>
    /// <param name="carryOut">Makes the fault: it is given what to call once the store has gone, and completes when the store is back.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What came of it.</returns>
    public async Task<string> RunAsync(Func<Action, Task> carryOut, CancellationToken cancel)
    {
        IReadOnlyList<Entrance> entrances = deployment.DirectEntrances;
        ProbeTransport[] transports = [.. deployment.Transports.Where(static transport => transport.Streams())];
        PaceGuest[] guests = [.. Enumerable.Range(0, Math.Max(transports.Length, entrances.Count)).Select(i => new PaceGuest(record, deployment, entrances[i % entrances.Count], transports[i % transports.Length], room))];
        PacePublisher[] publishers = [.. entrances.Select(entrance => new PacePublisher(record, deployment, entrance, room, _outage, bounds))];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task[] tasks =
        [
            .. guests.Select(guest => Task.Run(() => guest.RunAsync(end.Token), CancellationToken.None)),
            .. publishers.Select(publisher => Task.Run(() => publisher.RunAsync(end.Token), CancellationToken.None)),
        ];
        try
        {
            await Task.WhenAny(Task.WhenAll(guests.Select(static guest => guest.Joined)), Task.Delay(Patience, TimeProvider.System, cancel));
            PaceGuest[] reading = [.. guests.Where(static guest => guest.Joined.IsCompleted)];
            Array.ForEach(reading, guest => guest.Expect(_outage));
            var stalls = new StallMeter(record.Heartbeat, deployment);
            await carryOut(() => _outage.Go(record.Clock.Now));
            _back = record.Clock.Now;
            Array.ForEach(reading, guest => JudgeDegraded(guest, _outage.Gone!.Value, _outage.Ends!.Value, stalls));
            await RestoreAsync(reading, publishers, cancel);
            return Remark(reading, publishers);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (PacePublisher publisher in publishers)
            {
                await publisher.DisposeAsync();
            }
        }
    }

    private static string Seconds(IEnumerable<TimeSpan?> times) => times.Max() is { } latest ? string.Create(CultureInfo.InvariantCulture, $"{latest.TotalSeconds:F1} s") : "no time";

    private void JudgeDegraded(PaceGuest guest, TimeSpan gone, TimeSpan ends, StallMeter stalls)
    {
        if (stalls.Exceeds((guest.DegradedAt ?? ends) - gone, bounds.Degraded))
        {
            Violates(guest.Name, guest.Frames, guest.DegradedAt is { } told
                ? string.Create(CultureInfo.InvariantCulture, $"A reader was told 'degraded' {(told - gone).TotalSeconds:F1} s after the store had gone; it has to be within {bounds.Degraded.TotalSeconds} s")
                : string.Create(CultureInfo.InvariantCulture, $"A reader was not told 'degraded', and the store was away for {(ends - gone).TotalSeconds:F1} s"));
        }
    }

    private async Task RestoreAsync(PaceGuest[] guests, PacePublisher[] publishers, CancellationToken cancel)
    {
        var stalls = new StallMeter(record.Heartbeat, deployment);
        (string epoch, long head) = room.Current is { } log ? (log.Epoch, log.Acknowledged) : ("", 0);
        PaceGuest[] open = guests;
        PacePublisher[] waiting = publishers;
        while (open.Length + waiting.Length > 0)
        {
            await Task.Delay(Often, TimeProvider.System, cancel);
            TimeSpan took = record.Clock.Now - _back;
            waiting = [.. waiting.Where(static publisher => publisher.TakenAt is null)];
            open = [.. open.Where(guest => guest is { DegradedAt: not null, RestoredAt: null } || !guest.Has(epoch, head))];
            if (waiting.Length > 0 && stalls.Exceeds(took, bounds.Recovery))
            {
                Array.ForEach(waiting, publisher => Violates(publisher.Name, publisher.Frames, $"No publish was taken within {bounds.Recovery.TotalSeconds} s of the store's return"));
                waiting = publishers = [];
            }

            if (open.Length > 0 && stalls.Exceeds(took, bounds.Restored))
            {
                Array.ForEach(open, guest => Violates(guest.Name, guest.Frames, guest.Has(epoch, head)
                    ? $"A reader was not told 'restored' within {bounds.Restored.TotalSeconds} s of the store's return"
                    : $"A reader had not been given entry {head} within {bounds.Restored.TotalSeconds} s of the store's return, and it was acknowledged before that"));
                return;
            }
        }
    }

    private string Remark(PaceGuest[] guests, PacePublisher[] publishers) =>
        $"{guests.Length} readers told degraded after {Seconds(guests.Select(guest => guest.DegradedAt - _outage.Gone))} and restored after {Seconds(guests.Select(guest => guest.RestoredAt - _back))}, "
        + $"publishes refused after {Seconds(publishers.Select(static publisher => publisher.RefusedAfter))} and taken after {Seconds(publishers.Select(publisher => publisher.TakenAt - _back))}, at the latest";

    private void Violates(string who, IReadOnlyList<string> frames, string what) => record.Violates(Promise.Pace, what, who, room.Name, frames);
}
