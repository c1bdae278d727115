using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Durations: <c>250ms</c>, <c>25s</c>, <c>5m</c>, <c>1h</c>, <c>7d</c>.</summary>
internal sealed class DurationForm(SettingRange<TimeSpan> range) : ValueForm<TimeSpan>
{
    private static readonly (string Name, long Factor)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    public override string Rule => $"a whole number with ms, s, m, h or d, from {Print(range.Least)} to {Print(range.Most)}";

    public override string Placeholder => "DURATION";

    public override string? Parse(string text, out TimeSpan value)
    {
        string? problem = UnitNumber.Parse(text, Units, out long ticks);
        value = new TimeSpan(ticks);
        return problem ?? (value < range.Least ? $"{Fault.Quote(text)} is too short" : value > range.Most ? $"{Fault.Quote(text)} is too long" : null);
    }

    public override string Print(TimeSpan value) => value == TimeSpan.Zero ? "0s" : UnitNumber.Print(value.Ticks, Units);

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^[0-9]+(ms|s|m|h|d)$");
    }
}
