using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Draining;

/// <summary>One reader that does what a drain tells it: it comes back when it was told to, and reads on until the last entry.</summary>
/// <param name="run">What it is part of.</param>
/// <param name="transport">How it reads.</param>
/// <param name="target">What it reads.</param>
/// <param name="waitsForClose">Whether it waits until its connection is closed, as clients do that do not look at the frame.</param>
/// <param name="name">Its name in a failure.</param>
internal sealed partial class DrainReader(DrainRun run, ProbeTransport transport, ProbeTarget target, bool waitsForClose, string name)
{
    /// <summary>The data of the entry after which nothing comes.</summary>
    public const string Last = "\"the last\"";

    private readonly Queue<string> _recent = new();
    private long? _next;
    private bool _isBack;
    private bool _done;

    /// <summary>How often it was told that the log is another one.</summary>
    public int Resets { get; private set; }

    /// <summary>How often it was refused or found nobody after it had been told to come back.</summary>
    public int Refusals { get; private set; }

    /// <summary>How it is doing, for a failure.</summary>
    public string State => $"{name} over {transport} waits for entry {_next}: {_recent.LastOrDefault()}";

    /// <summary>Reads until the last entry.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ProbeStart start = ProbeStart.Now;
        while (!_done)
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, target, start);
            TimeSpan pause = await StayAsync(reader, cancel);
            start = reader.Resume;
            if (!_done)
            {
                await Task.Delay(pause, cancel);
                ComeBack();
            }
        }
    }

    /// <summary>Reads until it is to come back or to try again, and says after what time.</summary>
    private async Task<TimeSpan> StayAsync(ReaderProbe reader, CancellationToken cancel)
    {
        bool joined = false;
        TimeSpan? told = null;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            while (true)
            {
                ProbeFrame frame = await reader.ReadAsync(leaving.Token);
                Note(frame);
                switch (frame.Kind)
                {
                    case ProbeFrameKind.Joined:
                        joined = true;
                        Join(frame);
                        break;
                    case ProbeFrameKind.Entry:
                        Take(frame);
                        if (_done)
                        {
                            return TimeSpan.Zero;
                        }

                        break;
                    case ProbeFrameKind.Drain when told is null:
                        told = Number(Back(), frame.Raw);
                        if (!waitsForClose && transport != ProbeTransport.ServerSentEvents)
                        {
                            leaving.CancelAfter(told.Value);
                        }

                        break;
                    case ProbeFrameKind.Answer when run.IsDraining:
                        // The next poll follows within the reader: this is the coming back of a poll.
                        ComeBack();
                        break;
                    case ProbeFrameKind.Error when frame.Code == ErrorCode.Drain.Code && _isBack:
                        Refusals++;
                        return Number(Retry(), frame.Raw);
                    case ProbeFrameKind.End when told is { } back:
                        if (!frame.Orderly || (transport.IsWebSocket() && frame.Status != ErrorCode.Drain.Close))
                        {
                            throw Anomaly("was not closed as drained");
                        }

                        return transport == ProbeTransport.ServerSentEvents ? back : TimeSpan.Zero;
                    case ProbeFrameKind.End when _isBack && (!joined || transport.Polls()):
                        // Nobody is there yet.
                        Refusals++;
                        return TimeSpan.FromMilliseconds(Random.Shared.Next(200, 600));
                    case ProbeFrameKind.Answer or ProbeFrameKind.Heartbeat:
                        break;
                    default:
                        throw Anomaly($"got {frame.Kind}");
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (ContractException breach)
        {
            throw Anomaly(breach.Message);
        }
    }

    private void ComeBack()
    {
        if (!_isBack)
        {
            _isBack = true;
            run.OnComesBack();
        }
    }

    private void Join(ProbeFrame frame)
    {
        long next = OffsetOf(frame.Position!) + 1;
        if (_next is null)
        {
            run.OnJoined();
        }
        else if (frame.Verdict == Verdict.Reset && !run.LogSurvives && Resets == 0)
        {
            // A poll's head lies behind the entries that follow it.
            Resets++;
            if (next != 1 && !transport.Polls())
            {
                throw Anomaly("is not put at the beginning of the new log");
            }

            next = 1;
        }
        else if (frame.Verdict != Verdict.Ok || next < _next || (!transport.Polls() && next != _next))
        {
            throw Anomaly($"was to go on with entry {_next}");
        }
        else
        {
            next = _next.Value;
        }

        _next = next;
    }

    private void Take(ProbeFrame frame)
    {
        if (frame.Offset != _next)
        {
            throw Anomaly($"expected entry {_next}");
        }

        _next++;
        _done = frame.Data == Last;
    }

    private void Note(ProbeFrame frame)
    {
        if (_recent.Count == 20)
        {
            _recent.Dequeue();
        }

        _recent.Enqueue(frame.ToString());
    }

    private InvalidOperationException Anomaly(string what) => new($"{name} over {transport} {what}. The latest frames:\n{string.Join("\n", _recent)}");

    private static long OffsetOf(string position) => long.Parse(position.Split('-')[1], CultureInfo.InvariantCulture);

    private static TimeSpan Number(Regex field, string raw) =>
        TimeSpan.FromMilliseconds(int.Parse(field.Match(raw).Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"""back"":(\d+)")]
    private static partial Regex Back();

    [GeneratedRegex(@"""retry"":(\d+)")]
    private static partial Regex Retry();
}
