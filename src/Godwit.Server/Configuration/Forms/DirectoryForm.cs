using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The path of a directory.</summary>
internal sealed class DirectoryForm : ValueForm<string>
{
    public override string Rule => "the path of a directory";

    public override string Placeholder => "DIR";

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
