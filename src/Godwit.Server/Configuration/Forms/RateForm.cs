using System.Text.Json;
using Godwit.Limits;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Rates: <c>50/s</c>, <c>50/s burst 200</c>.</summary>
internal sealed class RateForm : ValueForm<Rate>
{
    public override string Rule => $"a rate such as 50/s, or 50/s burst 200, each number from {Rate.Range.Least} to {Rate.Range.Most}";

    public override string Placeholder => "RATE";

    public override string? Parse(string text, out Rate value) =>
        !Rate.TryParse(text, out value) ? $"{Fault.Quote(text)} is not a rate"
        : !value.IsInRange ? $"{Fault.Quote(text)} is out of range"
        : null;

    public override string Print(Rate value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^[0-9]{1,7}/s( burst [0-9]{1,7})?$");
    }
}
