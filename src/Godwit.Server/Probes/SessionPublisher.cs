using System.Globalization;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>Publishes by frames of a session that reads no room. One publish at a time.</summary>
internal sealed class SessionPublisher : PublisherProbe
{
    private readonly ReaderProbe _session;
    private readonly ISessionSender _sender;
    private int _sent;

    /// <param name="target">Where it publishes.</param>
    /// <param name="transport">What carries the frames both ways.</param>
    public SessionPublisher(ProbeTarget target, ProbeTransport transport = ProbeTransport.SessionWebSocket)
        : base(target)
    {
        _session = ReaderProbe.Open(transport, target, new SessionRooms([]));
        _sender = _session as ISessionSender ?? throw new ArgumentOutOfRangeException(nameof(transport), transport, "It carries frames one way.");
    }

    /// <inheritdoc/>
    public override Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default) => PublishAsync(json, name: null, key: null, cancel);

    /// <summary>Publishes JSON and waits for the reply.</summary>
    /// <param name="json">The data, sent as it is given.</param>
    /// <param name="name">The event; null leaves it to the server.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PublishOutcome> PublishAsync(string json, string? name, string? key, CancellationToken cancel = default) => (await PublishAllAsync([(PublishContent.Json(json), key)], name, cancel).ConfigureAwait(false))[0];

    /// <summary>Publishes several, one frame behind the other, and waits for all replies.</summary>
    /// <param name="publishes">What they carry, and their keys; at least one.</param>
    /// <param name="name">The event; null leaves it to the server.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What became of each, in order.</returns>
    public async Task<IReadOnlyList<PublishOutcome>> PublishAllAsync(IReadOnlyList<(PublishContent Content, string? Key)> publishes, string? name, CancellationToken cancel = default)
    {
        if (await _sender.OpenAsync(cancel).ConfigureAwait(false) is { } refusal)
        {
            return [.. publishes.Select(publish => new PublishOutcome(null, false, publish.Key, refusal.Status, refusal.Code, refusal.Raw))];
        }

        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < publishes.Count; i++)
        {
            string id = (++_sent).ToString(CultureInfo.InvariantCulture);
            open.Add(id, i);
            await _sender.SendAsync(Frame(id, publishes[i].Content, name, publishes[i].Key), cancel).ConfigureAwait(false);
        }

        var outcomes = new PublishOutcome[publishes.Count];
        while (open.Count > 0)
        {
            ProbeFrame frame = await _session.ReadAsync(cancel).ConfigureAwait(false);
            switch (frame.Kind)
            {
                case ProbeFrameKind.Reply when frame.Position is not null && open.Remove(frame.Id ?? "", out int i):
                    outcomes[i] = Record(new PublishOutcome(frame.Position, frame.Duplicate, publishes[i].Key, frame.Duplicate ? 200 : 201, null, frame.Raw));
                    break;
                case ProbeFrameKind.Error when open.Remove(frame.Id ?? "", out int i):
                    outcomes[i] = new PublishOutcome(null, false, publishes[i].Key, ErrorCode.All.First(code => code.Code == frame.Code).Status, frame.Code, frame.Raw);
                    break;
                case ProbeFrameKind.End:
                    foreach (int i in open.Values)
                    {
                        outcomes[i] = new PublishOutcome(null, false, publishes[i].Key, frame.Status, null, frame.Raw);
                    }

                    return outcomes;
                case ProbeFrameKind.Heartbeat or ProbeFrameKind.Drain or ProbeFrameKind.Degraded or ProbeFrameKind.Restored:
                    break;
                default:
                    throw new ContractException("Something else than the answer to a publish came.", frame.Raw);
            }
        }

        return outcomes;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _session.DisposeAsync();

    private string Frame(string id, PublishContent content, string? name, string? key) => "{\"op\":\"publish\",\"id\":" + id + "," + PublishLine.Members(Target.Room, content, name, key) + "}";
}
