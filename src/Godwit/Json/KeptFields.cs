using System.Text.Json;

namespace Godwit.Json;

/// <summary>Fields of what the store keeps as JSON; those without a value are left out.</summary>
internal static class KeptFields
{
    /// <summary>Writes a text.</summary>
    public static void WriteKept(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>Writes a time, in ms since the Unix epoch.</summary>
    public static void WriteKept(this Utf8JsonWriter json, string name, DateTimeOffset? value)
    {
        if (value is { } time)
        {
            json.WriteNumber(name, time.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Reads a text; null where it was left out.</summary>
    public static string? KeptText(this JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    /// <summary>Reads a time; null where it was left out.</summary>
    public static DateTimeOffset? KeptTime(this JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? DateTimeOffset.FromUnixTimeMilliseconds(value.GetInt64()) : null;
}
