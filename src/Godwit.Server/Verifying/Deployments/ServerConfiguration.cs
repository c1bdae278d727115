using System.Text;
using System.Text.Json;
using Godwit.AspNetCore;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>The configuration file of a server that is started.</summary>
internal static class ServerConfiguration
{
    /// <summary>What the names of rooms begin with that keep few entries.</summary>
    public const string ShortRooms = "verify:short:";

    /// <summary>What the names of rooms begin with whose readers get the newest entry alone.</summary>
    public const string LatestRooms = "verify:latest:";

    /// <summary>What the names of rooms begin with that keep a list of their members.</summary>
    public const string PresenceRooms = "verify:presence:";

    /// <summary>How many those keep.</summary>
    public const int ShortEntries = 40;

    private static readonly string[] Rates = ["publishes", "roomPublishes", "requests", "newRooms", "sessions", "attempts", "connections"];

    /// <summary>The file's text.</summary>
    public static string Text(Credentials credentials)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteAccess(json, credentials);
            json.WriteStartArray("policies");
            WritePolicy(json, ShortRooms + "**", ShortEntries);
            WritePolicy(json, PresenceRooms + "**", ShortEntries, hasPresence: true);
            WritePolicy(json, LatestRooms + "**", ShortEntries, isLatest: true);
            WritePolicy(json, "**", 100_000_000);
            json.WriteEndArray();
            json.WriteStartObject("limits");
            foreach (string rate in Rates)
            {
                json.WriteString(rate, "off");
            }

            json.WriteEndObject();
            json.WriteStartObject("drain");
            json.WriteString("delay", "300ms");
            json.WriteString("window", "2s");
            json.WriteEndObject();

            // So that some of the readers that are slow on purpose are ended for it.
            json.WriteString("stallLimit", "3s");
            json.WriteString("heartbeat", "5s");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static void WriteAccess(Utf8JsonWriter json, Credentials credentials)
    {
        json.WriteStartObject("access");
        json.WriteStartArray("secrets");
        json.WriteStringValue(credentials.Secret);
        json.WriteEndArray();
        json.WriteStartArray("apiKeys");
        json.WriteStartObject();
        json.WriteString("name", "verify");
        json.WriteString("hash", Convert.ToHexStringLower(ApiKey.HashOf(credentials.Key)));
        json.WriteStartObject("grants");
        json.WriteStartArray("**");
        json.WriteStringValue("read");
        json.WriteStringValue("publish");
        json.WriteStringValue("history");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteBoolean("admin", true);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePolicy(Utf8JsonWriter json, string pattern, int entries, bool hasPresence = false, bool isLatest = false)
    {
        json.WriteStartObject();
        json.WriteString("pattern", pattern);
        json.WriteStartArray("users");
        json.WriteStringValue("read");
        json.WriteStringValue("history");
        if (hasPresence)
        {
            json.WriteStringValue("presence");
        }

        json.WriteEndArray();
        if (hasPresence)
        {
            json.WriteStartObject("presence");
            json.WriteBoolean("enabled", true);
            json.WriteEndObject();
        }

        if (isLatest)
        {
            json.WriteString("delivery", "latest");
        }

        json.WriteStartObject("retention");
        json.WriteString("age", "24h");
        json.WriteNumber("entries", entries);
        json.WriteString("bytes", "16GiB");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
