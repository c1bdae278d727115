using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The idempotency keys of all rooms, each until its window has passed.</summary>
internal sealed class KeyTable(Database database)
{
    private const int HashLength = 16;

    private readonly Statement _find = database.Prepare("SELECT content, offset, mark FROM keys WHERE room = ? AND key = ? AND ends > ?");
    private readonly Statement _put = database.Prepare("INSERT OR REPLACE INTO keys(room, key, content, offset, mark, ends) VALUES(?, ?, ?, ?, ?, ?)");
    private readonly Statement _latest = database.Prepare("SELECT max(ends) FROM keys WHERE room = ?");
    private readonly Statement _expire = database.Prepare("DELETE FROM keys WHERE (room, key) IN (SELECT room, key FROM keys WHERE ends <= ? ORDER BY ends LIMIT ?)");
    private readonly Statement _sweep = database.Prepare("DELETE FROM keys WHERE room = ? AND key IN (SELECT key FROM keys WHERE room = ? LIMIT ?)");
    private readonly Statement _next = database.Prepare("SELECT min(ends) FROM keys");
    private readonly Statement _changes = database.Prepare("SELECT changes()");

    /// <summary>The hash of a key with its publisher, by which it is found.</summary>
    public static byte[] Hash(PublishKey key)
    {
        // The publisher's length goes before it, so that no two pairs make the same text.
        byte[] publisher = Encoding.UTF8.GetBytes(key.Publisher);
        byte[] text = new byte[sizeof(int) + publisher.Length + Encoding.UTF8.GetByteCount(key.Key)];
        BinaryPrimitives.WriteInt32BigEndian(text, publisher.Length);
        publisher.CopyTo(text, sizeof(int));
        Encoding.UTF8.GetBytes(key.Key, text.AsSpan(sizeof(int) + publisher.Length));
        return SHA256.HashData(text)[..HashLength];
    }

    /// <summary>What was appended under a key within its window.</summary>
    public KeyedAppend? Find(RoomRow row, byte[] key, long now)
    {
        if (!_find.Bind(1, row.Id).Bind(2, key).Bind(3, now).Step())
        {
            return null;
        }

        ReadOnlySpan<byte> content = _find.Span(0);
        var found = new KeyedAppend(new ContentHash(BinaryPrimitives.ReadUInt64BigEndian(content), BinaryPrimitives.ReadUInt64BigEndian(content[sizeof(ulong)..])), _find.Number(1), (uint)_find.Number(2));
        _find.Reset();
        return found;
    }

    /// <summary>Remembers a key.</summary>
    public void Put(RoomRow row, byte[] key, KeyedAppend append, long ends)
    {
        Span<byte> content = stackalloc byte[HashLength];
        BinaryPrimitives.WriteUInt64BigEndian(content, append.Hash.High);
        BinaryPrimitives.WriteUInt64BigEndian(content[sizeof(ulong)..], append.Hash.Low);
        _put.Bind(1, row.Id).Bind(2, key).Bind(3, content).Bind(4, append.Offset).Bind(5, append.Mark).Bind(6, ends).Run();
    }

    /// <summary>When the last window of a room's keys is over; 0 if it has none.</summary>
    public long LatestEnd(RoomRow row)
    {
        _latest.Bind(1, row.Id).Step();
        long ends = _latest.Number(0);
        _latest.Reset();
        return ends;
    }

    /// <summary>Forgets keys whose window has passed; gives how many.</summary>
    public int Expire(long now, int limit)
    {
        _expire.Bind(1, now).Bind(2, limit).Run();
        return Changes();
    }

    /// <summary>Forgets keys of a log that is no more; gives how many.</summary>
    public int Sweep(long room, int limit)
    {
        _sweep.Bind(1, room).Bind(2, room).Bind(3, limit).Run();
        return Changes();
    }

    /// <summary>When the next window is over.</summary>
    public long NextEnd()
    {
        _next.Step();
        long ends = _next.Number(0);
        _next.Reset();
        return ends == 0 ? StoreClock.Never : ends;
    }

    private int Changes()
    {
        _changes.Step();
        int changes = (int)_changes.Number(0);
        _changes.Reset();
        return changes;
    }
}
