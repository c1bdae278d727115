using System.Runtime.CompilerServices;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Following;

/// <summary>Reads a room through whatever happens to the connection: it comes back, from its position, and hands out each entry once.</summary>
/// <remarks>A probe shows everything that came; this is the client that PROTOCOL.md describes: it resumes, drops by offset, and forgets offsets after a <c>reset</c>.</remarks>
/// <param name="transport">How it reads.</param>
/// <param name="target">What it reads.</param>
/// <param name="start">Where it begins.</param>
/// <param name="notice">Told why a connection ended, and when it comes back.</param>
internal sealed class ResumingReader(ProbeTransport transport, ProbeTarget target, ProbeStart start, Action<string> notice)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private readonly Backoff _backoff = new(target.Time, First, Most);
    private string? _epoch;
    private long _offset;

    /// <summary>How long nothing at all may come, heartbeats included, before the connection counts as lost; 75 s by default, above three heartbeats and the longest poll.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>The position to go on from, with everything handed out so far behind it; null before the first.</summary>
    public string? Position { get; private set; }

    /// <summary>The position before what was handed out last, for whoever could do nothing with it; null if there was none.</summary>
    public string? Before { get; private set; }

    /// <summary>Entries that came again and were dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>How often it came back.</summary>
    public int Resumed { get; private set; }

    /// <summary>Entries, and verdicts other than <c>ok</c> as <see cref="ProbeFrameKind.Gap"/> and <see cref="ProbeFrameKind.Reset"/>, until it is cancelled.</summary>
    /// <exception cref="ServerFault">The server refuses for good.</exception>
    public async IAsyncEnumerable<ProbeFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        ProbeStart from = start;
        while (true)
        {
            ReaderProbe probe = ReaderProbe.Open(transport, target, from);
            string? ending = null;
            TimeSpan least = default;
            try
            {
                while (ending is null)
                {
                    ProbeFrame? frame;
                    (frame, ending) = await NextAsync(probe, cancel);
                    least = frame?.Retry is { } ms ? TimeSpan.FromMilliseconds(ms) : least;
                    ending ??= Ending(frame!);
                    if (frame is not null && Handed(frame) is { } handed)
                    {
                        Before = Position;
                        Position = probe.Position ?? Position;
                        yield return handed;
                    }

                    Position = probe.Position ?? Position;
                }

                from = probe.Resume;
            }
            finally
            {
                await LeaveAsync(probe, cancel);
            }

            // A poll that is refused, a stream that begins and ends at once: each time a little later.
            TimeSpan wait = _backoff.Next(least);
            notice($"{ending.TrimEnd('.')}; again in {wait.TotalSeconds:0.#} s{(Position is null ? "" : $", from {Position}")}");
            await _backoff.WaitAsync(wait, cancel);
            Resumed++;
        }
    }

    private async Task<(ProbeFrame? Frame, string? Ending)> NextAsync(ReaderProbe probe, CancellationToken cancel)
    {
        using var silence = new CancellationTokenSource(Silence, target.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, silence.Token);
        try
        {
            return (await probe.ReadAsync(either.Token), null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"nothing came for {Silence.TotalSeconds:0} s");
        }
        catch (ContractException fault)
        {
            // A proxy that has no server behind it answers by itself.
            return (null, $"something else answers ({fault.Fault.TrimEnd('.')})");
        }
    }

    // Why the connection is over with this frame, if it is.
    private string? Ending(ProbeFrame frame)
    {
        switch (frame.Kind)
        {
            case ProbeFrameKind.Joined or ProbeFrameKind.Answer or ProbeFrameKind.Entry:
                _backoff.Reset();
                return null;
            case ProbeFrameKind.Error when !Refusal.IsTemporary(frame.Code, frame.Status):
                throw new ServerFault($"{target.Mount} refuses with {Refusal.Line(frame.Raw, frame.Status, frame.Code)}");
            case ProbeFrameKind.Error:
                return $"refused for now: {Refusal.Line(frame.Raw, frame.Status, frame.Code)}";
            case ProbeFrameKind.Left:
                throw new ServerFault($"the server took this reader out of the room: {frame.Code}");
            case ProbeFrameKind.End when frame.Status is >= 4500 and < 5000:
                throw new ServerFault($"the server ended the connection with {frame.Status} {frame.Raw}");
            case ProbeFrameKind.End:
                return $"the connection ended ({(frame.Raw.Length > 0 ? frame.Raw.TrimEnd('.') : $"close code {frame.Status}")})";
            case ProbeFrameKind.Degraded:
                notice("the server's store does not answer; entries may be late");
                return null;
            case ProbeFrameKind.Restored:
                notice("the server's store answers again");
                return null;
            default:
                return null;
        }
    }

    private ProbeFrame? Handed(ProbeFrame frame)
    {
        switch (frame.Kind)
        {
            case ProbeFrameKind.Joined when frame.Verdict == Verdict.Gap:
                return frame with { Kind = ProbeFrameKind.Gap };
            case ProbeFrameKind.Joined when frame.Verdict == Verdict.Reset:
            case ProbeFrameKind.Reset:
                _epoch = null;
                return frame with { Kind = ProbeFrameKind.Reset };
            case ProbeFrameKind.Gap:
                return frame;
            case ProbeFrameKind.Entry:
                string epoch = frame.Position![..frame.Position!.IndexOf('-', StringComparison.Ordinal)];
                if (epoch == _epoch && frame.Offset <= _offset)
                {
                    Dropped++;
                    return null;
                }

                (_epoch, _offset) = (epoch, frame.Offset);
                return frame;
            default:
                return null;
        }
    }

    private static async Task LeaveAsync(ReaderProbe probe, CancellationToken cancel)
    {
        try
        {
            // Whoever was interrupted says goodbye; a connection that is broken cannot be told.
            if (cancel.IsCancellationRequested || !probe.Ended)
            {
                using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                await probe.CloseAsync(soon.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // It is gone anyway.
        }

        await probe.DisposeAsync();
    }
}
