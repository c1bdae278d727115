using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Reads a whole log at the end, and compares it with what was acknowledged and seen.</summary>
internal sealed class LogReading(RunRecord record, Deployment deployment, RoomRecord room)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads it at one of the servers.</summary>
    public async Task CompareAsync(CancellationToken cancel)
    {
        var cursor = new Cursor(room);
        var trail = new FrameTrail(record.Clock);
        var positions = new HashSet<string>(StringComparer.Ordinal);
        string? epoch = null;
        long first = 0;
        string who = $"the reader of the whole log at {deployment.Entrances[0]}";
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        giveUp.CancelAfter(Patience);
        try
        {
            while (true)
            {
                ProbeStart start = cursor.Start(epoch is null ? Beginning.Oldest : Beginning.Position, 0);
                await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ShortPoll, deployment.Entrances[0].Room(room.Name, deployment.ReaderHeaders) with { Limit = 1000 }, start);
                while (!reader.Ended)
                {
                    ProbeFrame frame = await reader.ReadAsync(giveUp.Token);
                    trail.Add(frame);
                    foreach ((Promise promise, string what) in cursor.Take(frame, ProbeTransport.ShortPoll, out _))
                    {
                        record.Violates(promise, what, who, room.Name, trail.Lines());
                    }

                    if (frame.Kind == ProbeFrameKind.Entry)
                    {
                        string position = frame.Position!;
                        epoch ??= position[..position.IndexOf('-', StringComparison.Ordinal)];
                        first = first == 0 ? frame.Offset : first;
                        positions.Add(position);
                    }
                    else if (frame is { Kind: ProbeFrameKind.Joined or ProbeFrameKind.Answer, Following: 0, More: false })
                    {
                        epoch ??= frame.Position![..frame.Position!.IndexOf('-', StringComparison.Ordinal)];
                        Compare(epoch, first == 0 ? ProbeFrameParser.OffsetOf(frame.Position!) + 1 : first, positions, who, trail);
                        return;
                    }
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, giveUp.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            record.Violates(Promise.Recovery, $"The whole log could not be read within {Patience.TotalSeconds} s", who, room.Name, trail.Lines());
        }
        catch (ContractException breach)
        {
            record.Violates(Promise.WireContract, breach.Message, who, room.Name, trail.Lines());
        }
    }

    private void Compare(string epoch, long first, IReadOnlySet<string> positions, string who, FrameTrail trail)
    {
        foreach ((Promise promise, string what) in room.Compare(epoch, first, positions))
        {
            record.Violates(promise, what, who, room.Name, trail.Lines());
        }
    }
}
