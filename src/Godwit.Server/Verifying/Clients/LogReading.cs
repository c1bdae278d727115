using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Reads a whole log at the end, and compares it with what was acknowledged and seen.</summary>
internal sealed class LogReading(RunRecord record, Deployment deployment, RoomRecord room)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Cursor _cursor = new(room);
    private readonly FrameTrail _trail = new(record.Clock);
    private readonly HashSet<string> _positions = new(StringComparer.Ordinal);
    private readonly string _who = $"the reader of the whole log at {deployment.Entrances[0]}";
    private string? _epoch;
    private long _first;

    /// <summary>Reads it at one of the servers.</summary>
    public async Task CompareAsync(CancellationToken cancel)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        giveUp.CancelAfter(Patience);
        try
        {
            while (!await ReadAsync(giveUp.Token))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, giveUp.Token);
            }

            foreach ((Promise promise, string what) in room.Compare(_epoch!, _first, _positions))
            {
                Violates(promise, what);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Violates(Promise.Recovery, $"The whole log could not be read within {Patience.TotalSeconds} s");
        }
        catch (ContractException breach)
        {
            Violates(Promise.WireContract, breach.Message);
        }
    }

    // Whether it came to the end.
    private async Task<bool> ReadAsync(CancellationToken cancel)
    {
        ProbeStart start = _cursor.Start(_epoch is null ? Beginning.Oldest : Beginning.Position, 0);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ShortPoll, deployment.Entrances[0].Room(room.Name, deployment.ReaderHeaders) with { Limit = 1000 }, start);
        try
        {
            while (!reader.Ended)
            {
                ProbeFrame frame = await reader.ReadAsync(cancel);
                _trail.Add(frame);
                foreach ((Promise promise, string what) in _cursor.Take(frame, ProbeTransport.ShortPoll, out _))
                {
                    Violates(promise, what);
                }

                if (frame.Kind == ProbeFrameKind.Entry)
                {
                    string position = frame.Position!;
                    _epoch ??= position[..position.IndexOf('-', StringComparison.Ordinal)];
                    _first = _first == 0 ? frame.Offset : _first;
                    _positions.Add(position);
                }
                else if (frame is { Kind: ProbeFrameKind.Joined or ProbeFrameKind.Answer, Following: 0, More: false })
                {
                    _epoch ??= frame.Position![..frame.Position!.IndexOf('-', StringComparison.Ordinal)];
                    _first = _first == 0 ? ProbeFrameParser.OffsetOf(frame.Position!) + 1 : _first;
                    return true;
                }
            }
        }
        catch (ContractException breach) when (deployment.IsOfProxy(breach))
        {
            _trail.Add(breach.Raw);
        }

        return false;
    }

    private void Violates(Promise promise, string what) => record.Violates(promise, what, _who, room.Name, _trail.Lines());
}
