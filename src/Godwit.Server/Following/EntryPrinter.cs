using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Server.Probes;

namespace Godwit.Server.Following;

/// <summary>Prints entries, a line each: the data for people and pipes, or whole entries as JSON.</summary>
internal sealed class EntryPrinter(TextWriter output, TextWriter error, bool isJson, bool isVerbose)
{
    private static readonly JsonWriterOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Prints an entry, and has it written out: whatever reads the output gets it now.</summary>
    public async Task PrintAsync(ProbeFrame entry)
    {
        await output.WriteLineAsync(isJson ? Whole(entry) : isVerbose ? $"{Heading(entry)} {Data(entry)}" : Data(entry));
        await output.FlushAsync();
    }

    /// <summary>Says that entries are missing, or that the log is another one, on standard error.</summary>
    public async Task WarnAsync(ProbeFrame verdict)
    {
        if (isJson)
        {
            await error.WriteLineAsync(verdict.Missing is { } range
                ? string.Create(CultureInfo.InvariantCulture, $"{{\"op\":\"gap\",\"room\":\"{JsonEncodedText.Encode(verdict.Room!)}\",\"position\":\"{verdict.Position}\",\"missing\":{{\"from\":{range.From},\"to\":{range.To}}}}}")
                : $"{{\"op\":\"reset\",\"room\":\"{JsonEncodedText.Encode(verdict.Room!)}\",\"position\":\"{verdict.Position}\"}}");
        }
        else
        {
            await error.WriteLineAsync(verdict.Missing is { } range
                ? string.Create(CultureInfo.InvariantCulture, $"godwit: gap: {(range.From == range.To ? $"the entry {range.From}" : $"{range.To - range.From + 1} entries, {range.From} to {range.To},")} had left the room's retention before being read.")
                : "godwit: reset: the room's log is another one than the position was of; what follows begins with its oldest entry.");
        }

        await error.FlushAsync();
    }

    /// <summary>Says something on standard error.</summary>
    public void Say(string text)
    {
        error.WriteLine(isJson ? $"{{\"op\":\"notice\",\"text\":\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"}}" : $"godwit: {text}.");
        error.Flush();
    }

    // A string without quotes, as long as it stays one line and does nothing to a terminal.
    private static string Data(ProbeFrame entry)
    {
        if (entry.Bytes is { } bytes)
        {
            return Convert.ToBase64String(bytes);
        }

        string json = entry.Data!;
        if (json[0] != '"')
        {
            return Harmless(json);
        }

        string text = JsonDocument.Parse(json).RootElement.GetString()!;
        return text.Any(char.IsControl) ? Harmless(json) : text;
    }

    // In JSON only the C1 controls and DEL may stand as they are.
    private static string Harmless(string json) => json.Any(char.IsControl) ? string.Concat(json.Select(static letter => char.IsControl(letter) ? $"\\u{(int)letter:x4}" : letter.ToString())) : json;

    private static string Heading(ProbeFrame entry)
    {
        var text = new StringBuilder();
        if (entry.Time is { } time)
        {
            text.Append(DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ');
        }

        text.Append(CultureInfo.InvariantCulture, $"#{entry.Offset} {entry.Event}");
        return entry.From is { } from ? text.Append(" from ").Append(from).ToString() : text.ToString();
    }

    private static string Whole(ProbeFrame entry)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Lines))
        {
            json.WriteStartObject();
            json.WriteString("op", "entry");
            json.WriteString("room", entry.Room);
            json.WriteString("position", entry.Position);
            json.WriteNumber("offset", entry.Offset);
            json.WriteString("event", entry.Event);
            if (entry.Bytes is { } bytes)
            {
                json.WriteBase64String("bytes", bytes);
            }
            else
            {
                json.WritePropertyName("data");
                json.WriteRawValue(entry.Data!, skipInputValidation: true);
            }

            if (entry.Time is { } time)
            {
                json.WriteNumber("time", time);
            }

            if (entry.From is { } from)
            {
                json.WriteString("from", from);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
