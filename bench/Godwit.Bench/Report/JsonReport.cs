using System.Text.Json;
using System.Text.Json.Serialization;

namespace Godwit.Bench.Report;

/// <summary>Every sample, for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Write(string file, Results results, Conditions conditions) => File.WriteAllText(file, JsonSerializer.Serialize(
        new
        {
            conditions.Machine,
            conditions.Command,
            conditions.Options,
            systems = conditions.Systems.ToDictionary(static system => system.Name, static system => system.Description),
            samples = results.All,
        },
        s_options) + "\n");
}
