using System.Globalization;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks at one transport that stays open: whether its first frame and an entry come at once, and whether it stands while nothing is said.</summary>
internal sealed class StreamCheck(Examination examination, ProbeTransport transport)
{
    private readonly string _subject = transport switch
    {
        ProbeTransport.ServerSentEvents => "server-sent events",
        ProbeTransport.HttpStream => "HTTP streaming",
        ProbeTransport.SessionStream => "session stream",
        ProbeTransport.SessionWebSocket => "session WebSocket",
        _ => "WebSocket",
    };

    // A read that is given up ends a probe, so it goes on while others wait for it.
    private Task<ProbeFrame>? _reading;

    /// <summary>Looks.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        await using ReaderProbe reader = ReaderProbe.Open(transport, examination.Room, ProbeStart.Now);
        try
        {
            if (await JoinsAsync(reader, cancel).ConfigureAwait(false) && await DeliversAsync(reader, "", cancel).ConfigureAwait(false))
            {
                await StandsAsync(reader, cancel).ConfigureAwait(false);
            }
        }
        catch (ContractException fault)
        {
            FindingKind kind = Stranger(fault);
            examination.Find(kind, _subject, kind == FindingKind.UpgradeStripped ? "the handshake is answered as a poll is" : fault.Fault.TrimEnd('.'));
        }
    }

    private FindingKind Cut => transport.IsWebSocket() ? FindingKind.WebSocketCut : FindingKind.StreamCut;

    private FindingKind Stranger(ContractException fault) => !transport.IsWebSocket()
        ? fault.Fault.Contains("is of the type 'application/json", StringComparison.Ordinal) ? FindingKind.AcceptChanged : FindingKind.StreamRefused
        : fault.Fault.StartsWith("The headers of the answer", StringComparison.Ordinal) && transport == ProbeTransport.SessionWebSocket ? FindingKind.SubprotocolDropped
        : fault.Fault.StartsWith("An answer with status 200", StringComparison.Ordinal) ? FindingKind.UpgradeStripped
        : FindingKind.WebSocketRefused;

    private async Task<bool> JoinsAsync(ReaderProbe reader, CancellationToken cancel)
    {
        ProbeFrame? first = await NextAsync(reader, examination.Patience, cancel).ConfigureAwait(false);
        switch (first)
        {
            case null:
                examination.Find(
                    transport.IsWebSocket() ? FindingKind.WebSocketStalled : FindingKind.StreamBuffered,
                    _subject,
                    $"it is open, and nothing has come within {examination.Patience.TotalSeconds:0} s");
                return false;
            case { Kind: ProbeFrameKind.Joined }:
                return true;
            case { Kind: ProbeFrameKind.Error, Code: "upgrade.required" or "handshake.invalid" }:
                examination.Find(FindingKind.UpgradeStripped, _subject, $"the server sees no handshake: {first.Status} {first.Code}");
                return false;
            case { Kind: ProbeFrameKind.Error }:
                examination.Find(transport.IsWebSocket() ? FindingKind.WebSocketRefused : FindingKind.StreamRefused, _subject, Refusal.Line(first.Raw, first.Status, first.Code));
                return false;
            default:
                examination.Find(transport.IsWebSocket() ? FindingKind.WebSocketRefused : FindingKind.StreamRefused, _subject, $"it ends at once: {first.Raw.TrimEnd('.')}");
                return false;
        }
    }

    private async Task<bool> DeliversAsync(ReaderProbe reader, string when, CancellationToken cancel)
    {
        long offset = (await examination.PublishAsync(null, cancel).ConfigureAwait(false)).Offset;
        long begun = examination.Time.GetTimestamp();
        while (examination.Time.GetElapsedTime(begun) < examination.Patience)
        {
            ProbeFrame? frame = await NextAsync(reader, examination.Patience - examination.Time.GetElapsedTime(begun), cancel).ConfigureAwait(false);
            if (frame is null)
            {
                break;
            }

            if (frame.Kind == ProbeFrameKind.End)
            {
                examination.Find(
                    Cut,
                    _subject,
                    string.Create(CultureInfo.InvariantCulture, $"it was cut before an entry came, {examination.Time.GetElapsedTime(begun).TotalSeconds:0.0} s after that was published{when}"));
                return false;
            }

            if (frame.Kind == ProbeFrameKind.Entry && frame.Offset >= offset)
            {
                return true;
            }
        }

        examination.Find(transport.IsWebSocket() ? FindingKind.WebSocketStalled : FindingKind.StreamBuffered, _subject, $"an entry has not come within {examination.Patience.TotalSeconds:0} s{when}");
        return false;
    }

    private async Task StandsAsync(ReaderProbe reader, CancellationToken cancel)
    {
        long begun = examination.Time.GetTimestamp(), latest = begun;
        int heartbeats = 0;
        while (examination.Idle - examination.Time.GetElapsedTime(begun) is { Ticks: > 0 } left)
        {
            ProbeFrame? frame = await NextAsync(reader, left, cancel).ConfigureAwait(false);
            if (frame is null)
            {
                break;
            }

            if (frame.Kind == ProbeFrameKind.End)
            {
                examination.Find(
                    Cut,
                    _subject,
                    string.Create(CultureInfo.InvariantCulture, $"it was cut after {examination.Time.GetElapsedTime(begun).TotalSeconds:0.0} s, {examination.Time.GetElapsedTime(latest).TotalSeconds:0.0} s after the last octet"));
                return;
            }

            heartbeats += frame.Kind == ProbeFrameKind.Heartbeat ? 1 : 0;
            latest = examination.Time.GetTimestamp();
        }

        if (reader.Ended || !await DeliversAsync(reader, " after the pause", cancel).ConfigureAwait(false))
        {
            return;
        }

        examination.Approve(_subject, string.Create(CultureInfo.InvariantCulture, $"entries come at once; it stood for {examination.Idle.TotalSeconds:0.#} s with {heartbeats} heartbeats"));
    }

    private async Task<ProbeFrame?> NextAsync(ReaderProbe reader, TimeSpan patience, CancellationToken cancel)
    {
        _reading ??= reader.ReadAsync(cancel);
        try
        {
            ProbeFrame frame = await _reading.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, examination.Time, cancel).ConfigureAwait(false);
            _reading = null;
            return frame;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
