using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Sizes in octets: <c>512B</c>, <c>64KiB</c>, <c>4MiB</c>, <c>1GiB</c>, <c>1TiB</c>.</summary>
internal sealed class SizeForm(SettingRange<long> range) : ValueForm<long>
{
    private static readonly (string Name, long Factor)[] Units = [("B", 1), ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    public override string Rule => $"a whole number with B, KiB, MiB, GiB or TiB, {(range.Most == long.MaxValue ? $"{Print(range.Least)} or more" : $"from {Print(range.Least)} to {Print(range.Most)}")}";

    public override string Placeholder => "SIZE";

    public override string? Parse(string text, out long value) =>
        UnitNumber.Parse(text, Units, out value)
        ?? (value < range.Least ? $"{Fault.Quote(text)} is too small" : value > range.Most ? $"{Fault.Quote(text)} is too large" : null);

    public override string Print(long value) => UnitNumber.Print(value, Units);

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^[0-9]+(B|KiB|MiB|GiB|TiB)$");
    }
}
