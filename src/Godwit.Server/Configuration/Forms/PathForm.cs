using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>A path.</summary>
/// <param name="what">What it is of: "file", "directory".</param>
/// <param name="placeholder">What stands for it in the help.</param>
internal sealed class PathForm(string what, string placeholder) : ValueForm<string>
{
    public override string Rule => $"the path of a {what}";

    public override string Placeholder => placeholder;

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
