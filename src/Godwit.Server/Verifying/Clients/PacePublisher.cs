using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Publishes at one server by POST, again and again, and judges how soon it is refused while the store is away.</summary>
internal sealed class PacePublisher(RunRecord record, Deployment deployment, Entrance entrance, RoomRecord room, PaceOutage outage, Bounds bounds) : IAsyncDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly FrameTrail _trail = new(record.Clock);
    private readonly FirstTime _taken = new();
    private readonly FirstTime _refused = new();
    private HttpPublisher? _probe;
    private bool _isRefused;

    /// <summary>When the first publish was taken after the store was back; null before.</summary>
    public TimeSpan? TakenAt => _taken.Value;

    /// <summary>How long the first refusal took, from when the store had gone; null before.</summary>
    public TimeSpan? RefusedAfter => _refused.Value;

    /// <summary>Who it is, for people.</summary>
    public string Name => $"the publisher that waits for refusals ({entrance})";

    /// <summary>What it was answered last.</summary>
    public IReadOnlyList<string> Frames => _trail.Lines();

    /// <summary>Publishes until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        for (int i = 0; !cancel.IsCancellationRequested; i++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"\"pace {_run} {i}\"");
            Publish publish = room.Begin(text, string.Create(CultureInfo.InvariantCulture, $"{_run}-{i}"));
            bool isAnswered = false;
            try
            {
                while (!isAnswered)
                {
                    isAnswered = await TryAsync(publish, cancel);
                    await Task.Delay(Often, TimeProvider.System, cancel);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // The round is over. What was not answered may be stored.
            }
            finally
            {
                room.Finish(publish, isAnswered);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _probe?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<bool> TryAsync(Publish publish, CancellationToken cancel)
    {
        var stalls = new StallMeter(record.Heartbeat, deployment);
        TimeSpan begun = record.Clock.Now;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        publish.Attempts++;
        PublishOutcome? outcome = null;
        string? fault = null;
        try
        {
            _probe ??= new HttpPublisher(entrance.Room(room.Name, deployment.Headers));
            outcome = await _probe.PublishAsync(Encoding.UTF8.GetBytes(publish.Text), "application/json", key: publish.Key, cancel: patience.Token);
        }
        catch (Exception wrong) when (wrong is HttpRequestException or IOException or SocketException or ContractException || (wrong is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            fault = wrong.Message;
            HttpPublisher? probe = _probe;
            _probe = null;
            await (probe?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        TimeSpan ended = record.Clock.Now;
        _trail.Add(string.Create(CultureInfo.InvariantCulture, $"{entrance}: {publish.Key} answered {outcome?.Status} {outcome?.Code}{outcome?.Position}{fault} after {(ended - begun).TotalSeconds:F3} s"));
        Judge(begun, ended, outcome, fault, stalls);
        if (outcome?.Position is not { } position)
        {
            record.CountUnavailable();
            return false;
        }

        record.CountAcknowledged();
        foreach ((Promise promise, string what) in room.Acknowledge(publish, position, outcome.Duplicate))
        {
            record.Violates(promise, what, Name, room.Name, _trail.Lines());
        }

        if (ended >= outage.Ends)
        {
            _taken.Note(ended);
        }

        return true;
    }

    private void Judge(TimeSpan begun, TimeSpan ended, PublishOutcome? outcome, string? fault, StallMeter stalls)
    {
        // Only what was under way while the store was away says something.
        if (outage.Gone is not { } gone || outage.Ends is not { } ends || ended < gone || begun > ends)
        {
            return;
        }

        TimeSpan from = begun > gone ? begun : gone, to = ended < ends ? ended : ends;
        TimeSpan bound = _isRefused ? bounds.LaterRefusal : bounds.Refusal;
        if (stalls.Exceeds(to - from, bound))
        {
            Violates(string.Create(CultureInfo.InvariantCulture, $"A publish was not answered for {(to - from).TotalSeconds:F1} s while the store was away; {(_isRefused ? "after the first refusal" : "the first time")} that has to take {bound.TotalSeconds} s at most"));
        }

        if (begun < gone || ended > ends)
        {
            return;
        }

        if (outcome is { Status: 503 })
        {
            _refused.Note(ended - gone);
            _isRefused = true;
        }
        else
        {
            Violates($"A publish was answered with {(outcome is null ? $"nothing ({fault})" : $"{outcome.Status} {outcome.Code}")} while the store was away, and not with 503");
        }
    }

    private void Violates(string what) => record.Violates(Promise.Pace, what, Name, room.Name, _trail.Lines());
}
