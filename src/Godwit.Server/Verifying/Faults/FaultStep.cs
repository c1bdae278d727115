using System.Globalization;
using System.Text.Json;

namespace Godwit.Server.Verifying.Faults;

/// <summary>One planned fault.</summary>
/// <param name="At">When it is to begin, since the start; later if the one before is not over.</param>
/// <param name="Kind">What.</param>
/// <param name="Server">To which server, from 0.</param>
/// <param name="Lasts">How long, where it lasts.</param>
/// <param name="Amount">How much: the octets before a cut, the ms of a delay, the seconds of a clock step, the share of sectors that survive in percent, the ms for which a replica had nothing, the way in which a store is away.</param>
internal sealed record FaultStep(TimeSpan At, FaultKind Kind, int Server, TimeSpan Lasts, int Amount)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("at", Math.Round(At.TotalSeconds, 3));
        json.WriteString("fault", Kind.Name());
        json.WriteNumber("server", Server);
        json.WriteNumber("lasts", Math.Round(Lasts.TotalSeconds, 3));
        json.WriteNumber("amount", Amount);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FaultStep Read(JsonElement json)
    {
        try
        {
            string name = json.GetProperty("fault").GetString() ?? "";
            return FaultKinds.TryParse(name, out FaultKind kind)
                ? new FaultStep(Seconds(json.GetProperty("at")), kind, json.GetProperty("server").GetInt32(), Seconds(json.GetProperty("lasts")), json.GetProperty("amount").GetInt32())
                : throw new FormatException($"'{name}' is not a fault; faults are {string.Join(", ", FaultKinds.All.Select(static known => known.Name()))}");
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or OverflowException)
        {
            throw new FormatException("a step is {\"at\": seconds, \"fault\": name, \"server\": number, \"lasts\": seconds, \"amount\": number}");
        }
    }

    private static TimeSpan Seconds(JsonElement json) => TimeSpan.FromMilliseconds(Math.Round(json.GetDouble() * 1000));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds:F1} s {Kind.Name()} server {Server}, lasts {Lasts.TotalSeconds:F1} s, amount {Amount}");
}
