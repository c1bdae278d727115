using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>A limit, or <c>off</c>.</summary>
/// <param name="Value">The limit; null where there is none.</param>
internal readonly record struct Optional<T>(T? Value)
    where T : struct;

/// <summary>Values of another form, or <c>off</c> for no limit.</summary>
internal sealed class OptionalForm<T>(ValueForm<T> form) : ValueForm<Optional<T>>
    where T : struct
{
    private const string Off = "off";

    public override string Rule => $"{form.Rule}, or off";

    public override string Placeholder => form.Placeholder;

    public override SourceKind Kind => form.Kind;

    public override bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out Optional<T> value) =>
        node is { Kind: SourceKind.String, Text: Off } ? ValueReading.TryRead(this, node with { Kind = SourceKind.Text }, path, faults, out value) : ValueReading.TryRead(this, node, path, faults, out value);

    public override string? Parse(string text, out Optional<T> value)
    {
        if (text == Off)
        {
            value = default;
            return null;
        }

        string? problem = form.Parse(text, out T limit);
        value = new Optional<T>(limit);
        return problem;
    }

    public override string Print(Optional<T> value) => value.Value is { } limit ? form.Print(limit) : Off;

    public override void WriteValue(Utf8JsonWriter json, Optional<T> value)
    {
        if (value.Value is { } limit)
        {
            form.WriteValue(json, limit);
        }
        else
        {
            json.WriteStringValue(Off);
        }
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        form.WriteSchema(json);
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("const", Off);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
