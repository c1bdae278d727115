using System.Buffers.Binary;
using Godwit.Brokers;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Coordination;

/// <summary>The keys that all servers sign with: made and rotated by one script, which goes by the store's clock.</summary>
internal sealed class StoredKeyRings(RedisConnection connection)
{
    private const int KeptPeriods = 10;

    private static readonly TimeSpan LeastKept = TimeSpan.FromDays(30);
    private static readonly RedisScript Asking = RedisScript.Load("key-ring");

    /// <summary>Gives the ring of a purpose.</summary>
    public async ValueTask<KeyRing> GetAsync(string purpose, TimeSpan period, CancellationToken cancel)
    {
        TimeSpan kept = period > LeastKept / KeptPeriods ? period * KeptPeriods : LeastKept;
        RedisValue[] arguments = [period.Ticks / TimeSpan.TicksPerMicrosecond, Write(SigningKey.Draw()), StoreTime.Milliseconds(kept)];
        var answer = (RedisResult[])(await connection.EvaluateDurablyAsync(Asking, [connection.Keys.Shared("keys", purpose)], arguments, cancel).ConfigureAwait(false))!;
        var newest = (byte[])answer[0]!;
        var older = (byte[])answer[1]!;
        return new KeyRing(older.Length == 0 ? [Read(newest)] : [Read(newest), Read(older)], TimeSpan.FromTicks((long)answer[2] * TimeSpan.TicksPerMicrosecond));
    }

    private static byte[] Write(SigningKey key)
    {
        byte[] kept = new byte[sizeof(ulong) + key.Secret.Length];
        BinaryPrimitives.WriteUInt64BigEndian(kept, key.Id);
        key.Secret.CopyTo(kept.AsSpan(sizeof(ulong)));
        return kept;
    }

    private static SigningKey Read(byte[] kept) => new(BinaryPrimitives.ReadUInt64BigEndian(kept), kept.AsSpan(sizeof(ulong)));
}
