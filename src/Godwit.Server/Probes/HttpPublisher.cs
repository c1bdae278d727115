using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Godwit.Server.Probes;

/// <summary>Publishes by POST, one request an entry, on one connection.</summary>
internal sealed class HttpPublisher(ProbeTarget target) : PublisherProbe(target)
{
    private readonly ProbeConnection _connection = new(target);

    /// <inheritdoc/>
    public override Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default) =>
        PublishAsync(Encoding.UTF8.GetBytes(json), "application/json", cancel: cancel);

    /// <summary>Publishes a body as it is.</summary>
    /// <param name="body">The octets.</param>
    /// <param name="mediaType">The <c>Content-Type</c>; null sends none.</param>
    /// <param name="name">The event, sent as it is given; null leaves it to the server.</param>
    /// <param name="key">The idempotency key, sent as it is given.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> body, string? mediaType, string? name = null, string? key = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Target.Address(name is null ? "" : "event=" + Uri.EscapeDataString(name)))
        {
            Content = new ReadOnlyMemoryContent(body),
        };
        if (mediaType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using HttpResponseMessage answer = await _connection.SendAsync(request, cancel).ConfigureAwait(false);
        string raw = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        int status = (int)answer.StatusCode;
        MediaTypeHeaderValue? type = answer.Content.Headers.ContentType;
        if (status is not (200 or 201))
        {
            ProbeFrame problem = ProbeFrameParser.Problem(raw, status, type?.MediaType, Target.Time.GetTimestamp());
            return new PublishOutcome(null, false, key, status, problem.Code, raw) { Retry = problem.Retry };
        }

        using JsonDocument document = ProbeFrameParser.Parse(raw);
        var fields = new ProbeFields(document.RootElement, raw);
        string position = fields.Position();
        bool duplicate = fields.Truth("duplicate");
        if (type?.MediaType != "application/json" || duplicate != (status == 200))
        {
            throw new ContractException("A publish is answered with 201, or with 200 if it is a duplicate, in JSON.", raw);
        }

        return Record(new PublishOutcome(position, duplicate, key, status, null, raw));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }
}
