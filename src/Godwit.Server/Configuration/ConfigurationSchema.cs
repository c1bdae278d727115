using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Server.Configuration;

/// <summary>The JSON schema of configuration files, for editors and for checks before a deployment.</summary>
internal static class ConfigurationSchema
{
    /// <summary>The schema (draft 2020-12), with a line break at its end.</summary>
    public static string Print()
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", "Godwit configuration");
            json.WriteString("description", "The configuration file of godwit serve. Comments and trailing commas may stand in it. Flags and environment variables (GODWIT_ and the path with __ between its parts) beat it.");
            GodwitSettings.Table.WriteSchema(json, new ServerSettings(), WriteSchemaProperty);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(content.ToArray()) + "\n";
    }

    private static void WriteSchemaProperty(Utf8JsonWriter json)
    {
        json.WriteStartObject("$schema");
        json.WriteString("description", "Where an editor finds this schema; it sets nothing.");
        json.WriteString("type", "string");
        json.WriteEndObject();
    }
}
