using System.Text;
using System.Text.Json;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Writing;

namespace Godwit.Sqlite.Data;

/// <summary>Writes what a store holds as lines of JSON: its rooms, each with its entries and idempotency keys, and the orders of administrators.</summary>
/// <remarks>Secrets are not in it: session keys, tickets and members stay behind, so sessions begin anew where it is imported. A backup has everything.</remarks>
internal static class DataExport
{
    /// <summary>The version of the format, in its first line.</summary>
    public const int Version = 1;

    private static readonly JsonWriterOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the export; gives the number of rooms and entries.</summary>
    /// <exception cref="SqliteStoreException">There is no store, or it cannot be read.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public static (long Rooms, long Entries) Run(string path, Stream output)
    {
        var directory = new DataDirectory(path);
        using Database database = directory.OpenForReading();
        try
        {
            database.Execute("BEGIN");
            using var json = new Utf8JsonWriter(output, Json);
            Line(json, output, () =>
            {
                json.WriteNumber("godwit", Version);
                json.WriteNumber("clock", WriterTables.StoredClock(database));
            });
            return WriteRooms(database, json, output);
        }
        catch (StoreException fault)
        {
            throw directory.Refused(fault);
        }
    }

    private static (long Rooms, long Entries) WriteRooms(Database database, Utf8JsonWriter json, Stream output)
    {
        long count = 0, written = 0;
        using Statement orders = database.Prepare("SELECT content, ends, key FROM orders ORDER BY number");
        while (orders.Step())
        {
            Line(json, output, () =>
            {
                json.WriteBase64String("order", orders.Span(0));
                json.WriteNumber("ends", orders.Number(1));
                if (orders.TextOrNull(2) is { } replaced)
                {
                    json.WriteString("replaces", replaced);
                }
            });
        }

        using Statement rooms = database.Prepare("SELECT id, name, epoch, head, head_mark, trimmed, trimmed_mark, used FROM rooms ORDER BY name");
        using Statement entries = database.Prepare("SELECT offset, mark, time, is_bytes, event, publisher, data, taken FROM entries WHERE room = ? AND offset > ? ORDER BY offset");
        using Statement keys = database.Prepare("SELECT key, content, offset, mark, ends FROM keys WHERE room = ?");
        while (rooms.Step())
        {
            count++;
            Line(json, output, () =>
            {
                json.WriteString("room", rooms.Text(1));
                json.WriteString("epoch", new Epoch((ulong)rooms.Number(2)).ToString());
                json.WriteNumber("head", rooms.Number(3));
                json.WriteNumber("headMark", rooms.Number(4));
                json.WriteNumber("trimmed", rooms.Number(5));
                json.WriteNumber("trimmedMark", rooms.Number(6));
                json.WriteNumber("used", rooms.Number(7));
            });
            entries.Bind(1, rooms.Number(0)).Bind(2, rooms.Number(5));
            while (entries.Step())
            {
                written++;
                Line(json, output, () => WriteEntry(json, entries));
            }

            keys.Bind(1, rooms.Number(0));
            while (keys.Step())
            {
                Line(json, output, () =>
                {
                    json.WriteBase64String("key", keys.Span(0));
                    json.WriteBase64String("content", keys.Span(1));
                    json.WriteNumber("of", keys.Number(2));
                    json.WriteNumber("mark", keys.Number(3));
                    json.WriteNumber("ends", keys.Number(4));
                });
            }
        }

        return (count, written);
    }

    private static void WriteEntry(Utf8JsonWriter json, Statement entry)
    {
        json.WriteNumber("offset", entry.Number(0));
        json.WriteNumber("mark", entry.Number(1));
        json.WriteNumber("time", entry.Number(2));
        json.WriteNumber("taken", entry.Number(7));
        json.WriteString("event", entry.Text(4));
        if (entry.TextOrNull(5) is { } from)
        {
            json.WriteString("from", from);
        }

        if (entry.Number(3) != 0)
        {
            json.WriteBase64String("bytes", entry.Span(6));
        }
        else
        {
            json.WritePropertyName("data");
            json.WriteRawValue(entry.Span(6), skipInputValidation: true);
        }
    }

    private static void Line(Utf8JsonWriter json, Stream output, Action write)
    {
        json.WriteStartObject();
        write();
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
        json.Reset();
    }
}
