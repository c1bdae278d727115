using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>On or off: <c>true</c>, <c>false</c>.</summary>
internal sealed class SwitchForm : ValueForm<bool>
{
    public override string Rule => "true or false";

    public override string Placeholder => "true|false";

    public override SourceKind Kind => SourceKind.Switch;

    public override string? Parse(string text, out bool value)
    {
        value = text == "true";
        return value || text == "false" ? null : $"{Fault.Quote(text)} is neither";
    }

    public override string Print(bool value) => value ? "true" : "false";

    public override void WriteValue(Utf8JsonWriter json, bool value) => json.WriteBooleanValue(value);

    public override void WriteSchema(Utf8JsonWriter json) => json.WriteString("type", "boolean");
}
