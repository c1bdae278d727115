using System.Globalization;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>Publishes by frames on a session's WebSocket that reads no room. One publish at a time.</summary>
internal sealed class SessionWebSocketPublisher(ProbeTarget target) : PublisherProbe(target)
{
    private readonly SessionWebSocketReader _session = new(target, new SessionRooms([]));
    private int _sent;

    /// <inheritdoc/>
    public override Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default) => PublishAsync(json, name: null, key: null, cancel);

    /// <summary>Publishes JSON and waits for the reply.</summary>
    /// <param name="json">The data, sent as it is given.</param>
    /// <param name="name">The event; null leaves it to the server.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PublishOutcome> PublishAsync(string json, string? name, string? key, CancellationToken cancel = default)
    {
        if (await _session.OpenAsync(cancel).ConfigureAwait(false) is { } refusal)
        {
            return new PublishOutcome(null, false, key, refusal.Status, refusal.Code, refusal.Raw);
        }

        string id = (++_sent).ToString(CultureInfo.InvariantCulture);
        await _session.SendAsync(Frame(id, json, name, key), cancel).ConfigureAwait(false);
        while (true)
        {
            ProbeFrame frame = await _session.ReadAsync(cancel).ConfigureAwait(false);
            switch (frame.Kind)
            {
                case ProbeFrameKind.Reply when frame.Id == id && frame.Position is not null:
                    return Record(new PublishOutcome(frame.Position, frame.Duplicate, key, frame.Duplicate ? 200 : 201, null, frame.Raw));
                case ProbeFrameKind.Error when frame.Id == id:
                    return new PublishOutcome(null, false, key, ErrorCode.All.First(code => code.Code == frame.Code).Status, frame.Code, frame.Raw);
                case ProbeFrameKind.End:
                    return new PublishOutcome(null, false, key, frame.Status, null, frame.Raw);
                case ProbeFrameKind.Heartbeat or ProbeFrameKind.Drain or ProbeFrameKind.Degraded or ProbeFrameKind.Restored:
                    break;
                default:
                    throw new ContractException("Something else than the answer to a publish came.", frame.Raw);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _session.DisposeAsync();

    private string Frame(string id, string json, string? name, string? key) => "{\"op\":\"publish\",\"id\":" + id + "," + PublishLine.Members(Target.Room, json, name, key) + "}";
}
