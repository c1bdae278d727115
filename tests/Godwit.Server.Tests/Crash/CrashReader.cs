using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Crash;

/// <summary>Reads a room over one transport through all lives of the server, from the position that it has.</summary>
internal sealed class CrashReader(CrashRecord record, Lives lives, string room, ProbeTransport transport)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    private long _seen;
    private long _connections;
    private long _losses;

    /// <summary>How long a short poll waits for the next when there is nothing new.</summary>
    public TimeSpan PollEvery { get; init; } = Pause;

    /// <summary>How it reads.</summary>
    public ProbeTransport Transport => transport;

    /// <summary>What it reads.</summary>
    public string Room => room;

    /// <summary>The offset of the last entry seen.</summary>
    public long Seen => Volatile.Read(ref _seen);

    /// <summary>How often it connected.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>How often what had joined the room was refused, or its connection came to its end; that a poll was refused for now does not count.</summary>
    public long Losses => Volatile.Read(ref _losses);

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ProbeStart start = ProbeStart.Oldest;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                Uri mount = await lives.MountAsync(cancel);
                await using ReaderProbe reader = ReaderProbe.Open(transport, new ProbeTarget { Mount = mount, Room = room, Keep = 1, PollEvery = PollEvery }, start);
                _connections++;
                bool goesOn = true, hasJoined = false;
                while (goesOn && !reader.Ended)
                {
                    ProbeFrame frame = await reader.ReadAsync(cancel);
                    hasJoined |= frame.Kind == ProbeFrameKind.Joined;
                    if (hasJoined && (frame.Kind == ProbeFrameKind.Error || frame.Kind == ProbeFrameKind.End) && !transport.Polls())
                    {
                        _losses++;
                    }

                    goesOn = Take(frame);
                }

                start = reader.Resume;
                await Task.Delay(Pause, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ContractException breach)
            {
                record.Violates($"{room} over {transport}: {breach.Message}");
                return;
            }
        }
    }

    // False where this connection brings nothing of the room: a session that could not join it stays open.
    private bool Take(ProbeFrame frame)
    {
        switch (frame.Kind)
        {
            case ProbeFrameKind.Entry:
                long offset = ProbeFrameParser.OffsetOf(frame.Position!);
                if (offset != _seen + 1)
                {
                    record.Violates($"{room} over {transport}: entry {offset} came after entry {_seen}");
                }

                Volatile.Write(ref _seen, offset);
                record.Sees(room, frame.Position!, frame.Data!, $"a reader over {transport}");
                break;
            case ProbeFrameKind.Joined or ProbeFrameKind.Gap or ProbeFrameKind.Reset when frame.Verdict != Verdict.Ok:
                record.Violates($"{room} over {transport}: {frame.Verdict} at entry {_seen}: {frame.Raw}");
                break;
            case ProbeFrameKind.Left:
                record.Violates($"{room} over {transport}: {frame.Raw}");
                return false;
            case ProbeFrameKind.Error:
                if (frame.Code is not ("store.away" or "server.overloaded" or "drain"))
                {
                    record.Violates($"{room} over {transport}: {frame.Raw}");
                }

                return false;
        }

        return true;
    }
}
