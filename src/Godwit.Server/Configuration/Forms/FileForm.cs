using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The path of a file.</summary>
internal sealed class FileForm : ValueForm<string>
{
    public override string Rule => "the path of a file";

    public override string Placeholder => "FILE";

    public override string? Parse(string text, out string value)
    {
        value = text;
        return text.Length == 0 ? "it is empty" : text.Contains('\0', StringComparison.Ordinal) ? $"{Fault.Quote(text)} is not a path" : null;
    }

    public override string Print(string value) => value;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
    }
}
