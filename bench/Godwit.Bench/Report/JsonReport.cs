using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Bench.Measure;

namespace Godwit.Bench.Report;

/// <summary>Every sample, for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Write(string file, Results results, Machine machine, BenchOptions options, string command) =>
        File.WriteAllText(file, JsonSerializer.Serialize(new { machine, command, options, samples = results.All }, s_options) + "\n");
}
