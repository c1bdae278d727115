using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Publishing;

/// <summary>Says what became of each entry, and at the end of all.</summary>
internal sealed class PublishReport(TextWriter output, TextWriter error, bool isJson)
{
    private static readonly JsonWriterOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private long _begun;
    private long _duplicates;
    private long _refused;
    private string? _last;

    /// <summary>How many were acknowledged, duplicates included.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Whether it is known of an entry what became of it.</summary>
    public bool HasResults => Acknowledged + _refused > 0;

    /// <summary>Whether all that was begun was acknowledged.</summary>
    public bool IsComplete => Acknowledged == _begun;

    /// <summary>An entry is to be published.</summary>
    public void Begin(Draft draft) => _begun++;

    /// <summary>An entry cannot be published.</summary>
    public async Task UnfitAsync(Draft draft, string problem)
    {
        _refused++;
        await error.WriteLineAsync($"godwit: entry {draft.Number} is not published: {problem}.");
        if (isJson)
        {
            await WriteAsync(json =>
            {
                json.WriteString("op", "refused");
                json.WriteNumber("number", draft.Number);
                json.WriteString("detail", problem);
            });
        }
    }

    /// <summary>The server answered.</summary>
    public async Task TakeAsync(Draft draft, PublishOutcome outcome)
    {
        if (outcome.Position is null)
        {
            _refused++;
            await error.WriteLineAsync($"godwit: entry {draft.Number} is refused: {Refusal.Line(outcome.Raw, outcome.Status, outcome.Code)}.");
        }
        else
        {
            Acknowledged++;
            _duplicates += outcome.Duplicate ? 1 : 0;
            _last = outcome.Position;
        }

        if (isJson)
        {
            await WriteAsync(json =>
            {
                json.WriteString("op", outcome.Position is null ? "refused" : "published");
                json.WriteNumber("number", draft.Number);
                json.WriteString("key", outcome.Key);
                if (outcome.Position is { } position)
                {
                    json.WriteString("position", position);
                    json.WriteBoolean("duplicate", outcome.Duplicate);
                }
                else
                {
                    json.WriteNumber("status", outcome.Status);
                    json.WriteString("code", outcome.Code);
                }
            });
        }
    }

    /// <summary>Nothing more comes.</summary>
    public async Task EndAsync()
    {
        long open = _begun - Acknowledged - _refused;
        if (isJson)
        {
            await WriteAsync(json =>
            {
                json.WriteString("op", "end");
                json.WriteNumber("acknowledged", Acknowledged);
                json.WriteNumber("duplicates", _duplicates);
                json.WriteNumber("refused", _refused);
                json.WriteNumber("unknown", open);
                json.WriteString("position", _last);
            });
            return;
        }

        string text = $"{Acknowledged} acknowledged" + (_duplicates > 0 ? $" ({_duplicates} of them published before)" : "")
            + (_refused > 0 ? $", {_refused} refused" : "")
            + (open > 0 ? $", {open} sent and not answered" : "")
            + (_last is null ? "" : $"; the last at {_last}");
        await output.WriteLineAsync(text);
        await output.FlushAsync();
    }

    private async Task WriteAsync(Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Lines))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        await output.WriteLineAsync(System.Text.Encoding.UTF8.GetString(text.ToArray()));
        await output.FlushAsync();
    }
}
