using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Writing;

namespace Godwit.Sqlite.Data;

/// <summary>Makes a store of what <see cref="DataExport"/> wrote, positions included: readers go on from where they are. All of it or nothing.</summary>
internal sealed class DataImport
{
    private readonly Database _database;
    private readonly Statement _room;
    private readonly Statement _entry;
    private readonly Statement _key;
    private readonly Statement _order;
    private string? _name;
    private long _id;
    private long _head;
    private long _headMark;
    private long _at;
    private long _atMark;
    private long _bytes;
    private long _rooms;
    private long _entries;

    private DataImport(Database database)
    {
        _database = database;
        _room = database.Prepare("INSERT INTO rooms(name, epoch, head, head_mark, trimmed, trimmed_mark, bytes, used, watched, due) VALUES(?, ?, ?, ?, ?, ?, 0, ?, 0, 0) RETURNING id");
        _entry = database.Prepare("INSERT INTO entries(room, offset, mark, taken, size, time, is_bytes, event, publisher, data) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        _key = database.Prepare("INSERT INTO keys(room, key, content, offset, mark, ends) VALUES(?, ?, ?, ?, ?, ?)");
        _order = database.Prepare("INSERT INTO orders(content, ends, key) VALUES(?, ?, ?)");
    }

    /// <summary>Reads an export into a directory; gives the number of rooms and entries.</summary>
    /// <param name="path">The directory, which is empty or not there.</param>
    /// <param name="input">The lines.</param>
    /// <exception cref="SqliteStoreException">The directory is not empty, held, or cannot be written.</exception>
    /// <exception cref="FormatException">A line is none of an export.</exception>
    public static async Task<(long Rooms, long Entries)> RunAsync(string path, Stream input)
    {
        var directory = new DataDirectory(path);
        directory.Make();
        using DirectoryLock held = DirectoryLock.TryTake(directory.Path)
            ?? throw new SqliteStoreException(directory.Lock, $"{directory.Lock} is held by another process: stop that server, or give another directory.");
        if (Directory.EnumerateFileSystemEntries(directory.Path).FirstOrDefault(entry => entry != directory.Lock) is { } other)
        {
            throw new SqliteStoreException(directory.Path, $"{directory.Path} is not empty ({Path.GetFileName(other)} is in it): give an empty directory, or one that is not there.");
        }

        try
        {
            using Database database = directory.OpenForWriting(DataSync.Full);
            var import = new DataImport(database);
            database.Execute("BEGIN IMMEDIATE");
            await import.ReadAsync(input).ConfigureAwait(false);
            database.Execute("COMMIT");
            return (import._rooms, import._entries);
        }
        catch (Exception fault)
        {
            foreach (string file in Directory.EnumerateFiles(directory.Path, DataDirectory.DatabaseName + "*"))
            {
                File.Delete(file);
            }

            throw fault is StoreException store ? directory.Refused(store) : fault;
        }
    }

    private async Task ReadAsync(Stream input)
    {
        using var lines = new StreamReader(input, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
        long number = 0;
        while (await lines.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            number++;
            try
            {
                using var parsed = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = JsonText.MaxDepth + 1 });
                Take(parsed.RootElement, isFirst: number == 1);
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
            {
                throw new FormatException($"line {number} is none of an export: {fault.Message}", fault);
            }
        }

        if (number == 0)
        {
            throw new FormatException("it is empty, and an export begins with a line about itself.");
        }

        EndRoom();
    }

    private void Take(JsonElement line, bool isFirst)
    {
        if (isFirst)
        {
            if (!line.TryGetProperty("godwit", out JsonElement version) || version.GetInt32() != DataExport.Version)
            {
                throw new FormatException($"an export that this program reads begins with {{\"godwit\":{DataExport.Version},…}}.");
            }

            using Statement clock = _database.Prepare("INSERT OR REPLACE INTO facts(name, value) VALUES('clock', ?)");
            clock.Bind(1, line.GetProperty("clock").GetInt64()).Run();
        }
        else if (line.TryGetProperty("room", out JsonElement room))
        {
            EndRoom();
            BeginRoom(room.GetString()!, line);
        }
        else if (line.TryGetProperty("offset", out JsonElement offset))
        {
            TakeEntry(offset.GetInt64(), line);
        }
        else if (line.TryGetProperty("key", out JsonElement key))
        {
            _key.Bind(1, _id).Bind(2, key.GetBytesFromBase64()).Bind(3, line.GetProperty("content").GetBytesFromBase64())
                .Bind(4, line.GetProperty("of").GetInt64()).Bind(5, line.GetProperty("mark").GetInt64()).Bind(6, line.GetProperty("ends").GetInt64()).Run();
        }
        else
        {
            _order.Bind(1, line.GetProperty("order").GetBytesFromBase64()).Bind(2, line.GetProperty("ends").GetInt64())
                .Bind(3, line.TryGetProperty("replaces", out JsonElement replaced) ? replaced.GetString() : null).Run();
        }
    }

    private void BeginRoom(string name, JsonElement line)
    {
        if (!Epoch.TryParse(line.GetProperty("epoch").GetString(), out Epoch epoch))
        {
            throw new FormatException("its epoch is none.");
        }

        _name = RoomName.Parse(name).ToString();
        _head = line.GetProperty("head").GetInt64();
        _headMark = line.GetProperty("headMark").GetInt64();
        _at = line.GetProperty("trimmed").GetInt64();
        _atMark = line.GetProperty("trimmedMark").GetInt64();
        _bytes = 0;
        _room.Bind(1, _name).Bind(2, (long)epoch.Value).Bind(3, _head).Bind(4, _headMark).Bind(5, _at).Bind(6, _atMark).Bind(7, line.GetProperty("used").GetInt64()).Step();
        _id = _room.Number(0);
        _room.Reset();
        _rooms++;
    }

    private void TakeEntry(long offset, JsonElement line)
    {
        if (_name is null || offset != _at + 1)
        {
            throw new FormatException(_name is null ? "an entry stands before the first room." : $"entry {_at + 1} of room {_name} is missing.");
        }

        bool isBytes = line.TryGetProperty("bytes", out JsonElement bytes);
        byte[] data = isBytes ? bytes.GetBytesFromBase64() : Encoding.UTF8.GetBytes(line.GetProperty("data").GetRawText());
        var content = new EntryContent(line.GetProperty("event").GetString()!, data, isBytes, line.TryGetProperty("from", out JsonElement from) ? from.GetString() : null);
        _at = offset;
        _atMark = line.GetProperty("mark").GetInt64();
        _bytes += content.Size;
        _entries++;
        _entry.Bind(1, _id).Bind(2, offset).Bind(3, _atMark).Bind(4, line.GetProperty("taken").GetInt64()).Bind(5, content.Size)
            .Bind(6, line.GetProperty("time").GetInt64()).Bind(7, isBytes ? 1 : 0).Bind(8, content.Event).Bind(9, content.From).Bind(10, data).Run();
    }

    private void EndRoom()
    {
        if (_name is null)
        {
            return;
        }

        if (_at != _head || _atMark != _headMark)
        {
            throw new FormatException($"the export of room {_name} ends with entry {_at}, and its newest is {_head}.");
        }

        _database.Execute($"UPDATE rooms SET bytes = {_bytes} WHERE id = {_id}");
        _name = null;
    }
}
