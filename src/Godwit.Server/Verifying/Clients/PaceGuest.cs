using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>A reader that stays at one server over one transport that streams, and notes when it is told that the store is away, and back.</summary>
internal sealed class PaceGuest(RunRecord record, Deployment deployment, Entrance entrance, ProbeTransport transport, RoomRecord room)
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly Cursor _cursor = new(room);
    private readonly FrameTrail _trail = new(record.Clock);
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FirstTime _degraded = new();
    private readonly FirstTime _restored = new();
    private volatile PaceOutage? _outage;

    /// <summary>Completes when it reads.</summary>
    public Task Joined => _joined.Task;

    /// <summary>When it was told that the store is away; null before.</summary>
    public TimeSpan? DegradedAt => _degraded.Value;

    /// <summary>When it was told that the store is back; null before.</summary>
    public TimeSpan? RestoredAt => _restored.Value;

    /// <summary>Who it is, for people.</summary>
    public string Name => $"the reader that waits for degraded ({transport}, {entrance})";

    /// <summary>What it received last.</summary>
    public IReadOnlyList<string> Frames => _trail.Lines();

    /// <summary>From now on what it is told counts.</summary>
    public void Expect(PaceOutage outage) => _outage = outage;

    /// <summary>Whether it has been given all up to an offset.</summary>
    public bool Has(string epoch, long offset) =>
        _cursor.Text is { } position && (position[..position.IndexOf('-', StringComparison.Ordinal)] != epoch || ProbeFrameParser.OffsetOf(position) >= offset);

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(cancel);
                await Task.Delay(Again, TimeProvider.System, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ContractException breach)
            {
                _trail.Add(breach.Raw);
                record.Violates(Promise.WireContract, breach.Message, Name, room.Name, _trail.Lines());
                return;
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        ProbeStart start = _cursor.Start(_cursor.Text is null ? Beginning.Now : Beginning.Position, 0);
        ProbeTarget target = entrance.Room(room.Name, deployment.ReaderHeaders) with { InsistsOnSession = false };
        await using ReaderProbe reader = transport.IsSession() ? ReaderProbe.Open(transport, target, new SessionRooms([new(room.Name, start)])) : ReaderProbe.Open(transport, target, start);
        while (!reader.Ended)
        {
            ProbeFrame frame = await reader.ReadAsync(cancel);
            _trail.Add(frame);
            Take(frame);
        }

        _cursor.Disconnect();
        if (!cancel.IsCancellationRequested && _outage?.IsAway(record.Clock.Now) == true)
        {
            record.Violates(Promise.Pace, "The connection of a reader was ended while the store was away", Name, room.Name, _trail.Lines());
        }
    }

    private void Take(ProbeFrame frame)
    {
        switch (frame.Kind)
        {
            case ProbeFrameKind.Entry or ProbeFrameKind.Joined or ProbeFrameKind.Gap or ProbeFrameKind.Reset:
                foreach ((Promise promise, string what) in _cursor.Take(frame, transport, out _))
                {
                    record.Violates(promise, what, Name, room.Name, _trail.Lines());
                }

                if (frame.Kind == ProbeFrameKind.Entry)
                {
                    record.CountDelivery();
                }

                _joined.TrySetResult();
                break;
            case ProbeFrameKind.Degraded when _outage is not null:
                _degraded.Note(record.Clock.Of(frame.Received));
                break;
            case ProbeFrameKind.Restored when DegradedAt is not null && record.Clock.Of(frame.Received) >= _outage?.Ends:
                _restored.Note(record.Clock.Of(frame.Received));
                break;
        }
    }
}
