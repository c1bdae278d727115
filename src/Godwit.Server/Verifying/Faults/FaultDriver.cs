using System.Globalization;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Clients;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Faults;

/// <summary>Makes the faults of a schedule, one after the other, and waits after each until everything works again.</summary>
internal sealed class FaultDriver(RunRecord record, Deployment deployment, IReadOnlyList<VerifyingReader> readers, VerifyingPublisher pulse, RoomRecord watched, Bounds bounds)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(100);

    private int _pulses;
    private int _guests;

    /// <summary>Whether a server did not come back, so that nothing more can be said.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What is being done now; null for nothing.</summary>
    public string? Current { get; private set; }

    /// <summary>Makes them all, but those whose turn comes when the run is over.</summary>
    public async Task RunAsync(IReadOnlyList<FaultStep> schedule, TimeSpan duration, CancellationToken cancel)
    {
        foreach (FaultStep step in schedule)
        {
            TimeSpan wait = step.At - record.Clock.Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, cancel);
            }

            if (record.Clock.Now > duration)
            {
                return;
            }

            await MakeAsync(step, cancel);
            if (IsOver)
            {
                return;
            }
        }
    }

    private async Task MakeAsync(FaultStep step, CancellationToken cancel)
    {
        string what = Describe(step);
        FaultEvent begun = record.Faults.Begin(step, what, deployment.Loss(step.Kind));
        record.Clock.Disturb();
        Current = what;
        string? remark = null;
        try
        {
            remark = step.Kind switch
            {
                FaultKind.SlowReaders => await SlowAsync(step, cancel),
                FaultKind.Cut => await CutAsync(step, cancel),
                FaultKind.Revoke => await new RevocationRound(record, deployment, watched, $"guest-{++_guests}", bounds.Revocation).RunAsync(cancel),
                FaultKind.StoreOutage => await new PaceRound(record, deployment, watched, bounds, step.Lasts).RunAsync(gone => deployment.CarryOutAsync(step, gone, cancel), cancel),
                _ => await deployment.CarryOutAsync(step, () => begun.Gone = record.Clock.Now, cancel),
            };
            TimeSpan healed = record.Clock.Now;
            await PulseAsync(watched, cancel);
            TimeSpan took = record.Clock.Now - healed;
            if (deployment.Loss(step.Kind) == Loss.End)
            {
                // What takes the place of a lost end shows that it is lost.
                foreach (RoomRecord room in record.Rooms)
                {
                    await PulseAsync(room, cancel);
                }
            }

            remark = string.Create(CultureInfo.InvariantCulture, $"{remark}{(remark is null ? "" : "; ")}publishes taken after {took.TotalSeconds:F2} s");
        }
        catch (TimeoutException)
        {
            record.Violates(Promise.Recovery, string.Create(CultureInfo.InvariantCulture, $"Within {bounds.Recovery.TotalSeconds} s of the end of: {what}, no publish was acknowledged"), "the publisher that waits for recovery", null, []);
        }
        catch (DeploymentException fault)
        {
            IsOver = !fault.IsLate;
            record.Violates(Promise.Recovery, $"After: {what}: {fault.Message}", "the schedule of faults", null, []);
        }
        finally
        {
            Current = null;
            record.Clock.Settle();
            record.Faults.End(begun, remark);
        }
    }

    private async Task PulseAsync(RoomRecord room, CancellationToken cancel)
    {
        var stalls = new StallMeter(record.Heartbeat, deployment);
        TimeSpan since = record.Clock.Now;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task taken = pulse.OneAsync(room, _pulses++, giveUp.Token);
        while (await Task.WhenAny(taken, Task.Delay(Often, TimeProvider.System, cancel)) != taken)
        {
            if (stalls.Exceeds(record.Clock.Now - since, bounds.Recovery))
            {
                await giveUp.CancelAsync();
                await taken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new TimeoutException();
            }
        }

        await taken;
    }

    private async Task<string?> CutAsync(FaultStep step, CancellationToken cancel)
    {
        string? cut = await deployment.CarryOutAsync(step, static () => { }, cancel);
        int severed = readers.Count(static reader => reader.Sever());
        return severed == 0 ? cut : $"{cut}; {severed} peers";
    }

    private async Task<string> SlowAsync(FaultStep step, CancellationToken cancel)
    {
        VerifyingReader[] slow = [.. readers.Where((_, i) => i % 2 == 0)];
        Array.ForEach(slow, static reader => reader.Pause());
        try
        {
            await Task.Delay(step.Lasts, TimeProvider.System, cancel);
        }
        finally
        {
            Array.ForEach(slow, static reader => reader.Continue());
        }

        return $"{slow.Length} readers";
    }

    private string Describe(FaultStep step)
    {
        string server = $"server {step.Server % deployment.Servers}";
        string place = deployment.Place(step.Server);
        string lasts = string.Create(CultureInfo.InvariantCulture, $"{step.Lasts.TotalSeconds:F1} s");
        return step.Kind switch
        {
            FaultKind.Cut => $"all connections of {place} reset",
            FaultKind.CutAtByte => $"connections of {place} cut after 1 to {step.Amount} octets, for {lasts}",
            FaultKind.NetworkCut => $"nothing gets through to {place} for {lasts}",
            FaultKind.NetworkDelay => $"{step.Amount} ms of delay each way at {place} for {lasts}",
            FaultKind.LinkCut => $"packets between {server} and its clients dropped for {lasts}",
            FaultKind.SlowReaders => $"half of the readers take nothing for {lasts}",
            FaultKind.Revoke => "a user's credentials revoked",
            FaultKind.Kill => $"{server} killed and started",
            FaultKind.Drain => $"{server} told to leave and started",
            FaultKind.RollingRestart => "all servers told to leave and started, one after the other",
            FaultKind.Freeze => $"{server} stopped for {lasts}",
            FaultKind.ClockStep => $"the clock of {server} {Math.Abs(step.Amount)} s {(step.Amount < 0 ? "back" : "ahead")} for {lasts}",
            FaultKind.ProxyKill => "the proxy killed and started",
            FaultKind.ProxyReload => "the proxy told to read its configuration again",
            FaultKind.DiskFull => $"the disk full for {lasts}",
            FaultKind.PowerLoss => $"the power lost, {step.Amount} % of what was not synced survives",
            FaultKind.StoreKill => $"Redis killed, and started after {lasts}",
            FaultKind.StoreFreeze => $"Redis stopped for {lasts}",
            FaultKind.StoreOutage => $"Redis {(step.Amount % 3) switch { 0 => "dead", 1 => "stopped", _ => "out of reach" }} for {lasts}",
            FaultKind.StoreCut => $"all connections of {server} to Redis reset",
            FaultKind.StoreNetworkCut => $"nothing gets through between {server} and Redis for {lasts}",
            FaultKind.StoreLinkCut => $"packets between {server} and Redis dropped for {lasts}",
            FaultKind.StoreDelay => $"{step.Amount} ms of delay each way between {server} and Redis for {lasts}",
            FaultKind.StoreFailover => "the primary of Redis killed, and its replica takes its place",
            FaultKind.SubscriptionKill => "all subscriptions at Redis ended",
            _ => step.Kind.Name(),
        };
    }
}
