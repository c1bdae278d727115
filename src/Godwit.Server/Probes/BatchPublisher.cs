using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Server.Probes;

/// <summary>Publishes by requests that can carry many publishes, one in each: lines of a publish stream, or the <c>send</c> of a session exchange.</summary>
/// <param name="target">Where to.</param>
/// <param name="isExchange">Whether by exchanges.</param>
internal sealed class BatchPublisher(ProbeTarget target, bool isExchange) : PublisherProbe(target)
{
    private readonly ProbeConnection _connection = new(target);

    /// <inheritdoc/>
    public override Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default) => PublishAsync(json, name: null, key: null, cancel);

    /// <summary>Publishes JSON.</summary>
    /// <param name="json">The data, sent as it is given.</param>
    /// <param name="name">The event; null leaves it to the server.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PublishOutcome> PublishAsync(string json, string? name, string? key, CancellationToken cancel = default) => (await PublishAllAsync([(PublishContent.Json(json), key)], name, cancel).ConfigureAwait(false))[0];

    /// <summary>Publishes several in one request, in this order.</summary>
    /// <param name="publishes">What they carry, and their keys; at least one.</param>
    /// <param name="name">The event; null leaves it to the server.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What became of each, in order; fewer when the request was ended for the reason that the last one gives.</returns>
    public async Task<IReadOnlyList<PublishOutcome>> PublishAllAsync(IReadOnlyList<(PublishContent Content, string? Key)> publishes, string? name, CancellationToken cancel = default)
    {
        IEnumerable<string> lines = publishes.Select(publish => PublishLine.Members(Target.Room, publish.Content, name, publish.Key));
        using HttpRequestMessage request = isExchange
            ? Request(Target.SessionAddress, "{\"rooms\":{},\"send\":[" + string.Join(',', lines.Select(static (line, i) => string.Create(CultureInfo.InvariantCulture, $"{{\"op\":\"publish\",\"id\":{i + 1},{line}}}"))) + "]}", "application/json")
            : Request(Target.PublishAddress, string.Concat(lines.Select(static line => "{" + line + "}\n")), "application/x-ndjson");
        using HttpResponseMessage answer = await _connection.SendAsync(request, cancel).ConfigureAwait(false);
        string raw = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 200)
        {
            ProbeFrame problem = ProbeFrameParser.Problem(raw, (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Target.Time.GetTimestamp());
            return [.. publishes.Select(publish => new PublishOutcome(null, false, publish.Key, problem.Status, problem.Code, raw))];
        }

        List<PublishOutcome> outcomes = isExchange ? Replies(raw, publishes) : Lines(raw, publishes);
        return outcomes.Count == publishes.Count || (outcomes.Count > 0 && outcomes[^1].Position is null)
            ? outcomes
            : throw new ContractException($"{publishes.Count} publishes were answered by {outcomes.Count} answers, none of which says why there are no more.", raw);
    }

    /// <summary>Publishes many by one request, as the lines of a publish stream.</summary>
    /// <param name="json">The data of each, sent as they are given.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What became of each, in order.</returns>
    public async Task<IReadOnlyList<PublishOutcome>> PublishAllAsync(IReadOnlyList<string> json, CancellationToken cancel = default)
    {
        using HttpRequestMessage request = Request(Target.PublishAddress, string.Concat(json.Select(one => "{" + PublishLine.Members(Target.Room, PublishContent.Json(one), name: null, key: null) + "}\n")), "application/x-ndjson");
        using HttpResponseMessage answer = await _connection.SendAsync(request, cancel).ConfigureAwait(false);
        string raw = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 200)
        {
            ProbeFrame problem = ProbeFrameParser.Problem(raw, (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Target.Time.GetTimestamp());
            return [.. json.Select(_ => new PublishOutcome(null, false, null, problem.Status, problem.Code, raw))];
        }

        string[] lines = raw.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length != json.Count)
        {
            throw new ContractException($"{json.Count} lines were published, and {lines.Length} answered.", raw);
        }

        return [.. lines.Select(line =>
        {
            using JsonDocument document = ProbeFrameParser.Parse(line);
            return Record(PublishLine.Outcome(document.RootElement, line, key: null));
        })];
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private List<PublishOutcome> Lines(string raw, IReadOnlyList<(PublishContent Content, string? Key)> publishes)
    {
        var outcomes = new List<PublishOutcome>(publishes.Count);
        foreach (string line in raw.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument document = ProbeFrameParser.Parse(line);
            if (outcomes.Count == publishes.Count && new ProbeFields(document.RootElement, line).Has("code"))
            {
                // A server that stops, or a credential that ends, says so also behind the last line that came.
                break;
            }

            outcomes.Add(Answer(document.RootElement, line, publishes, outcomes.Count));
        }

        return outcomes;
    }

    private List<PublishOutcome> Replies(string raw, IReadOnlyList<(PublishContent Content, string? Key)> publishes)
    {
        var outcomes = new List<PublishOutcome>(publishes.Count);
        using JsonDocument document = ProbeFrameParser.Parse(raw);
        foreach (JsonElement reply in new ProbeFields(document.RootElement, raw).List("replies"))
        {
            outcomes.Add(Answer(reply, raw, publishes, outcomes.Count));
        }

        return outcomes;
    }

    private PublishOutcome Answer(JsonElement answer, string raw, IReadOnlyList<(PublishContent Content, string? Key)> publishes, int at) =>
        at < publishes.Count ? Record(PublishLine.Outcome(answer, raw, publishes[at].Key)) : throw new ContractException("There are more answers than publishes.", raw);

    private static HttpRequestMessage Request(Uri address, string body, string mediaType) =>
        new(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
}
