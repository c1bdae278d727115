using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Text that names something: visible ASCII characters.</summary>
/// <param name="what">What it names, for the rule.</param>
/// <param name="most">The most characters.</param>
/// <param name="characters">Which characters, beside letters and digits; null for every visible one.</param>
internal sealed class NameForm(string what, int most, string? characters = null) : ValueForm<string>
{
    public override string Rule => characters is null ? $"{what}: 1 to {most} visible characters" : $"{what}: 1 to {most} of A-Z a-z 0-9 {string.Join(' ', characters.ToCharArray())}";

    public override string Placeholder => "NAME";

    public override string? Parse(string text, out string value)
    {
        value = text;
        bool fits = text.Length > 0 && text.Length <= most
            && text.All(c => characters is null ? c is >= '!' and <= '~' : char.IsAsciiLetterOrDigit(c) || characters.Contains(c, StringComparison.Ordinal));
        return fits ? null : $"{Fault.Quote(text)} does not fit";
    }

    public override string Print(string value) => value;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteNumber("maxLength", most);
    }
}
