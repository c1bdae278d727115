using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Comparing.Clients;

/// <summary>Follows a room in one way, for as long as it is told: a reader that ends is followed by another one from its position.</summary>
internal sealed class FollowingClient(Way way, ProbeTarget target, Timeline timeline)
{
    // A handshake of DTLS has ten seconds at the server, whatever the network loses and whoever else wants one.
    private const int MostTries = 4;

    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(250);

    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Dictionary<Stage, List<float>> _latencies = [];
    private ReaderProbe? _probe;
    private FollowingCount _ended = FollowingCount.None;
    private long _heartbeats;
    private long _deliveries;
    private long _last = -1;
    private int _tries;

    /// <summary>Ends when it has its first position, and fails with a <see cref="DeploymentException"/> if it gets none.</summary>
    public Task Joined => _joined.Task;

    /// <summary>The offset of the newest entry that it was given, or of the head when it joined.</summary>
    public long Last => Interlocked.Read(ref _last);

    /// <summary>Entries that came after one that was skipped, or that a verdict named as gone.</summary>
    public long Lost { get; private set; }

    /// <summary>Entries that it did without, where only the newest matters: left out for newer ones, lost, or late.</summary>
    public long Skipped { get; private set; }

    /// <summary>Entries that came though it had them.</summary>
    public long Duplicates { get; private set; }

    /// <summary>What it has done so far.</summary>
    public FollowingCount Count
    {
        get
        {
            lock (_gate)
            {
                ProbeWire wire = _probe?.Carried ?? new ProbeWire(0, 0, default(WireTraffic));
                return _ended + new FollowingCount(wire.Requests, Interlocked.Read(ref _heartbeats), Interlocked.Read(ref _deliveries), wire.Traffic);
            }
        }
    }

    /// <summary>How many connections it holds open.</summary>
    public int OpenConnections => _probe?.OpenConnections ?? 0;

    /// <summary>How late entries of a stage were, in ms, in the order in which they came. For when it has ended.</summary>
    public IReadOnlyList<float> LatenciesOf(Stage stage) => _latencies.GetValueOrDefault(stage) ?? [];

    /// <summary>Cuts its connection.</summary>
    public void Drop() => _probe?.Drop();

    /// <summary>Follows until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ProbeStart start = ProbeStart.Now;
        ProbeTarget asked = target;
        while (!cancel.IsCancellationRequested)
        {
            ReaderProbe probe = ReaderProbe.Open(way.Transport, asked, start);
            _probe = probe;
            try
            {
                (string? why, bool isRefused) = await ReadAsync(probe, cancel);
                if (why is not null)
                {
                    if (isRefused || !way.Transport.IsDataChannel() || ++_tries == MostTries)
                    {
                        _joined.TrySetException(new DeploymentException($"{target.Mount} does not let {target.Room} be followed by {way.Phrase}: {why}"));
                    }

                    await Task.Delay(AfterRefusal, target.Time, cancel);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                _joined.TrySetCanceled(CancellationToken.None);
            }
            catch (ContractException fault)
            {
                _joined.TrySetException(new DeploymentException($"{target.Mount} answers {way.Phrase} with something else than Godwit does: {fault.Message.ReplaceLineEndings(" ")}"));
                throw;
            }
            finally
            {
                if (!way.Transport.IsDataChannel())
                {
                    // So that closing what the server still sends to leaves nothing behind in the kernel.
                    probe.Drop();
                }

                await probe.DisposeAsync();
                End(probe);
            }

            start = probe.Resume;
            asked = asked with { FirstPause = null, Session = (probe as ISessionReader)?.Welcome?.Session ?? asked.Session };
        }
    }

    private void End(ReaderProbe probe)
    {
        lock (_gate)
        {
            _probe = null;
            _ended += new FollowingCount(probe.Carried.Requests, 0, 0, probe.Carried.Traffic);
        }
    }

    // Null when the reader has ended, or why it was refused or never read.
    private async Task<(string? Why, bool IsRefused)> ReadAsync(ReaderProbe probe, CancellationToken cancel)
    {
        bool isIn = false;
        string? refusal = null;
        while (true)
        {
            ProbeFrame frame = await probe.ReadAsync(cancel);
            switch (frame.Kind)
            {
                case ProbeFrameKind.Joined:
                    isIn = true;
                    Join(frame);
                    break;
                case ProbeFrameKind.Entry:
                    Take(frame);
                    break;
                case ProbeFrameKind.Heartbeat:
                    Interlocked.Increment(ref _heartbeats);
                    break;
                case ProbeFrameKind.Gap or ProbeFrameKind.Reset:
                    Skip(frame);
                    break;
                case ProbeFrameKind.Error:
                    refusal = frame.Status > 0 ? FormattableString.Invariant($"{frame.Status} {frame.Code}") : frame.Code;
                    break;
                case ProbeFrameKind.End:
                    return (refusal ?? (isIn ? null : frame.Raw.ReplaceLineEndings(" ")), refusal is not null);
                default:
                    break;
            }
        }
    }

    private void Join(ProbeFrame frame)
    {
        if (Last < 0)
        {
            Interlocked.Exchange(ref _last, ProbeFrameParser.OffsetOf(frame.Position!));
            _joined.TrySetResult();
        }
        else if (frame.Verdict != Godwit.Protocol.Verdict.Ok)
        {
            Skip(frame);
        }
    }

    // What a verdict says is gone is lost; of a log that is another one it cannot be said how much.
    private void Skip(ProbeFrame frame)
    {
        long before = frame.Missing is { } missing ? missing.To : ProbeFrameParser.OffsetOf(frame.Position!);
        Lost += frame.Missing is null ? 1 : Math.Max(0, before - Last);
        Interlocked.Exchange(ref _last, before);
    }

    private void Take(ProbeFrame frame)
    {
        if (way.Loses && (Last < 0 || frame.Offset < Last))
        {
            return; // It has overtaken, or been overtaken.
        }

        if (frame.Offset <= Last)
        {
            Duplicates++;
            return;
        }

        long missing = frame.Offset - Last - 1;
        Skipped += way.Loses ? missing : 0;
        Lost += way.Loses ? 0 : missing;
        Interlocked.Exchange(ref _last, frame.Offset);
        Interlocked.Increment(ref _deliveries);
        if (timeline.Of(frame.Data) is { } published)
        {
            if (!_latencies.TryGetValue(published.Stage, out List<float>? latencies))
            {
                _latencies.Add(published.Stage, latencies = []);
            }

            latencies.Add((float)target.Time.GetElapsedTime(published.At, frame.Received).TotalMilliseconds);
        }
    }
}
