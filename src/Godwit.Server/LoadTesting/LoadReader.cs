using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.LoadTesting;

/// <summary>One reader of a load: counts what it gets, what it gets twice, and what it misses.</summary>
internal sealed class LoadReader(ProbeTransport transport, ProbeTarget target, TransportLoad load, Func<long> begun)
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Backoff _backoff = new(target.Time, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));
    private string? _epoch;
    private long _last = -1;

    /// <summary>Completes when it reads for the first time; fails with a <see cref="ServerFault"/> where it is refused for good.</summary>
    public Task Joined => _joined.Task;

    /// <summary>The offset of the latest entry it has.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ProbeStart from = ProbeStart.Now;
        while (!cancel.IsCancellationRequested)
        {
            await using ReaderProbe probe = ReaderProbe.Open(transport, target, from);
            TimeSpan least = default;
            try
            {
                ProbeFrame frame;
                do
                {
                    frame = await probe.ReadAsync(cancel).ConfigureAwait(false);
                    least = frame.Retry is { } ms ? TimeSpan.FromMilliseconds(ms) : least;
                    Take(frame);
                }
                while (frame.Kind != ProbeFrameKind.End);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ContractException fault)
            {
                load.Fail($"something else answers ({fault.Fault.TrimEnd('.')})");
            }

            // What it had not come to when it was cut comes now, or is lost.
            from = probe.Resume;
            load.Cut();
            await _backoff.WaitAsync(_backoff.Next(least), cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(ProbeFrame frame)
    {
        switch (frame.Kind)
        {
            case ProbeFrameKind.Joined or ProbeFrameKind.Reset or ProbeFrameKind.Gap or ProbeFrameKind.Answer:
                Judge(frame);
                _backoff.Reset();
                _joined.TrySetResult();
                break;
            case ProbeFrameKind.Entry:
                Count(frame);
                break;
            case ProbeFrameKind.Error:
                string line = Refusal.Line(frame.Raw, frame.Status, frame.Code);
                load.Fail(line);
                if (!Refusal.IsTemporary(frame.Code, frame.Status))
                {
                    _joined.TrySetException(new ServerFault($"{target.Mount} refuses a reader by {transport.Name()} with {line}"));
                }

                break;
            case ProbeFrameKind.End when !_joined.Task.IsCompleted:
                load.Fail(frame.Raw);
                break;
            default:
                break;
        }
    }

    private void Judge(ProbeFrame frame)
    {
        string epoch = frame.Position![..frame.Position!.IndexOf('-', StringComparison.Ordinal)];
        if (frame.Verdict == Verdict.Gap)
        {
            // What retention dropped is no loss of the server's, but this load is more than the room keeps for the slow.
            load.Gone(frame.Missing!.Value.To - Math.Max(_last, frame.Missing.Value.From - 1));
            Volatile.Write(ref _last, Math.Max(_last, frame.Missing.Value.To));
        }

        if (_epoch is null || frame.Verdict == Verdict.Reset)
        {
            load.Reset(_epoch is not null);
            _epoch = epoch;
            Volatile.Write(ref _last, ProbeFrameParser.OffsetOf(frame.Position) - frame.Following);
        }
    }

    private void Count(ProbeFrame entry)
    {
        if (entry.Offset <= _last)
        {
            load.Duplicate();
            return;
        }

        load.Lose(entry.Offset - _last - 1);
        Volatile.Write(ref _last, entry.Offset);
        TimeSpan? took = LoadEntry.TryRead(entry.Data, out long due) && due >= begun() ? target.Time.GetElapsedTime(due, entry.Received) : null;
        load.Deliver(took);
    }
}
