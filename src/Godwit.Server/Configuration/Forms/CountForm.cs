using System.Globalization;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Whole numbers without a unit.</summary>
internal sealed class CountForm(SettingRange<long> range) : ValueForm<long>
{
    public override string Rule => string.Create(CultureInfo.InvariantCulture, $"a whole number from {range.Least} to {range.Most}");

    public override string Placeholder => "NUMBER";

    public override SourceKind Kind => SourceKind.Number;

    public override string? Parse(string text, out long value)
    {
        value = 0;

        // JSON may write a whole number with an exponent or a fraction of zeros, and JSON Schema calls that an integer.
        if (!decimal.TryParse(text, NumberStyles.AllowExponent | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number) || number != decimal.Truncate(number))
        {
            return $"{Fault.Quote(text)} is not a whole number";
        }

        if (number < range.Least || number > range.Most)
        {
            return $"{Fault.Quote(text)} is too {(number < range.Least ? "small" : "large")}";
        }

        value = (long)number;
        return null;
    }

    public override string Print(long value) => value.ToString(CultureInfo.InvariantCulture);

    public override void WriteValue(Utf8JsonWriter json, long value) => json.WriteNumberValue(value);

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "integer");
        json.WriteNumber("minimum", range.Least);
        json.WriteNumber("maximum", range.Most);
    }
}
