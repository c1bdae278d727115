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
    public async Task<PublishOutcome> PublishAsync(string json, string? name, string? key, CancellationToken cancel = default)
    {
        string members = PublishLine.Members(Target.Room, json, name, key);
        using HttpRequestMessage request = isExchange
            ? Request(Target.SessionAddress, "{\"rooms\":{},\"send\":[{\"op\":\"publish\",\"id\":1," + members + "}]}", "application/json")
            : Request(Target.PublishAddress, "{" + members + "}\n", "application/x-ndjson");
        using HttpResponseMessage answer = await _connection.SendAsync(request, cancel).ConfigureAwait(false);
        string raw = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 200)
        {
            ProbeFrame problem = ProbeFrameParser.Problem(raw, (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Target.Time.GetTimestamp());
            return new PublishOutcome(null, false, key, problem.Status, problem.Code, raw);
        }

        using JsonDocument document = ProbeFrameParser.Parse(raw);
        if (!isExchange)
        {
            return Record(PublishLine.Outcome(document.RootElement, raw, key));
        }

        JsonElement.ArrayEnumerator replies = new ProbeFields(document.RootElement, raw).List("replies");
        return replies.MoveNext() ? Record(PublishLine.Outcome(replies.Current, raw, key)) : throw new ContractException("An exchange has no reply to its publish.", raw);
    }

    /// <summary>Publishes many by one request, as the lines of a publish stream.</summary>
    /// <param name="json">The data of each, sent as they are given.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What became of each, in order.</returns>
    public async Task<IReadOnlyList<PublishOutcome>> PublishAllAsync(IReadOnlyList<string> json, CancellationToken cancel = default)
    {
        using HttpRequestMessage request = Request(Target.PublishAddress, string.Concat(json.Select(one => "{" + PublishLine.Members(Target.Room, one, name: null, key: null) + "}\n")), "application/x-ndjson");
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

    private static HttpRequestMessage Request(Uri address, string body, string mediaType) =>
        new(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
}
