using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>Publishes on a room's WebSocket. The room answers a publish with the entry itself, so that is the acknowledgement.</summary>
/// <remarks>One publish at a time; the entries of others that come between are skipped. Data that is sent must differ from what others publish at that time, and have no insignificant whitespace.</remarks>
internal sealed class WebSocketPublisher : PublisherProbe
{
    private readonly WebSocketReader _reader;
    private bool _connected;

    public WebSocketPublisher(ProbeTarget target)
        : base(target) => _reader = new WebSocketReader(target, ProbeStart.Now);

    /// <inheritdoc/>
    public override Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default) => PublishAsync(PublishContent.Json(json), cancel);

    /// <summary>Publishes and returns the server's answer, a refusal included: JSON by a text message, octets by a binary one.</summary>
    public async Task<PublishOutcome> PublishAsync(PublishContent content, CancellationToken cancel = default)
    {
        if (!_connected)
        {
            ProbeFrame first = await _reader.ReadAsync(cancel).ConfigureAwait(false);
            if (first.Kind != ProbeFrameKind.Joined)
            {
                return new PublishOutcome(null, false, null, first.Status, first.Code, first.Raw);
            }

            _connected = true;
        }

        await (content.Octets is { } octets ? _reader.SendAsync(octets, cancel) : _reader.SendAsync(content.Text, cancel)).ConfigureAwait(false);
        while (true)
        {
            ProbeFrame frame = await _reader.ReadAsync(cancel).ConfigureAwait(false);
            switch (frame.Kind)
            {
                case ProbeFrameKind.Entry when PublishContent.Of(frame) == content:
                    return Record(new PublishOutcome(frame.Position, false, null, 201, null, frame.Raw));
                case ProbeFrameKind.Error:
                    return new PublishOutcome(null, false, null, ErrorCode.All.First(code => code.Code == frame.Code).Status, frame.Code, frame.Raw);
                case ProbeFrameKind.End:
                    return new PublishOutcome(null, false, null, frame.Status, null, frame.Raw);
                default:
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _reader.DisposeAsync();
}
