using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Rooms;
using StackExchange.Redis;

namespace Godwit.Redis.Logs;

/// <summary>The logs of rooms: one script for each thing that is done with one.</summary>
internal sealed class RoomLogs(RedisConnection connection, RoomPolicies policies)
{
    // Each file goes on where the one before it ends, in one script: a function is made anew whenever a script runs, and costs more than what it does.
    internal static readonly RedisScript Append = RedisScript.Load("record", "writing", "append", "retention", "append-end");
    private static readonly RedisScript Read = RedisScript.Load("record", "writing", "positions", "read-begin", "retention", "read");
    private static readonly RedisScript Touch = RedisScript.Load("record", "writing", "touch");
    private static readonly RedisScript Peek = RedisScript.Load("record", "peek");
    private static readonly RedisScript Trim = RedisScript.Load("record", "writing", "positions", "trim-begin", "retention", "trim");
    private static readonly RedisScript End = RedisScript.Load("record", "writing", "end");

    private readonly RedisKeys _keys = connection.Keys;

    /// <summary>Appends, unless the key was used before.</summary>
    public async ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel)
    {
        RoomPolicy policy = policies.For(room);
        uint mark = (uint)Random.Shared.NextInt64(1L << 32);
        RedisKey record = _keys.Record(room), log = _keys.Log(room);
        RedisValue[] values =
        [
            SpareEpochs.Next(),
            (long)mark,
            StoredContent.Write(content),
            content.Size,
            policy.Retention.Entries,
            policy.Retention.Bytes,
            Milliseconds(policy.Retention.Age),
            RecordAge(policy),
            _keys.Events(room),
            connection.PublishCommand,
        ];
        RedisResult answer = key is { } used
            ? await connection.EvaluateDurablyAsync(Append, [record, log, _keys.OfRoom(room, KeyNames.Of(used))], [.. values, Milliseconds(policy.KeyWindow), KeyNames.Hash(content)], cancel).ConfigureAwait(false)
            : await connection.EvaluateDurablyAsync(Append, [record, log], values, cancel).ConfigureAwait(false);
        return Answers.Appended(answer);
    }

    /// <summary>Judges and reads.</summary>
    public async ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        RoomPolicy policy = policies.For(room);
        RedisResult answer = await connection.EvaluateAsync(
            Read,
            Keys(room),
            [
                SpareEpochs.Next(),
                Milliseconds(policy.Retention.Age),
                RecordAge(policy),
                Name(from.Kind),
                from.Position.Epoch.ToString(),
                from.Position.Offset,
                (long)from.Position.Mark,
                Math.Clamp(from.Count, 0, Position.MaxOffset),
                limits.Entries,
                limits.Bytes,
                policy.Retention.Entries,
                policy.Retention.Bytes,
            ],
            cancel).ConfigureAwait(false);
        return Answers.Page(answer, from);
    }

    /// <summary>Says where a log stands, makes its record where there is none, and has it live on.</summary>
    /// <param name="room">The room.</param>
    /// <param name="isWatched">Whether it is watched from here; else it was until now.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<Position> TouchAsync(RoomName room, bool isWatched, CancellationToken cancel)
    {
        RedisResult answer = await connection.EvaluateAsync(Touch, Keys(room), [SpareEpochs.Next(), RecordAge(policies.For(room)), isWatched ? 1 : 0], cancel).ConfigureAwait(false);
        return Answers.Position(answer);
    }

    /// <summary>Whether there is a record.</summary>
    public ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel) =>
        connection.CallAsync(database => database.KeyExistsAsync(_keys.Record(room), CommandFlags.DemandMaster), cancel);

    /// <summary>Drops what is before a position.</summary>
    public async ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel)
    {
        RoomPolicy policy = policies.For(room);
        RedisResult answer = await connection.EvaluateDurablyAsync(
            Trim,
            Keys(room),
            [
                SpareEpochs.Next(),
                before.Epoch.ToString(),
                before.Offset,
                (long)before.Mark,
                Milliseconds(policy.Retention.Age),
                RecordAge(policy),
                _keys.Events(room),
                connection.PublishCommand,
                policy.Retention.Entries,
                policy.Retention.Bytes,
            ],
            cancel).ConfigureAwait(false);
        return Answers.Trimmed(answer);
    }

    /// <summary>Ends a log, and begins another.</summary>
    public async ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel)
    {
        RedisResult answer = await connection.EvaluateDurablyAsync(
            End,
            Keys(room),
            [SpareEpochs.Next(), RecordAge(policies.For(room)), _keys.Events(room), connection.PublishCommand],
            cancel).ConfigureAwait(false);
        return answer.IsNull ? null : new Position(Answers.Epoch(answer), 0, 0);
    }

    /// <summary>Lists rooms, of all primaries.</summary>
    public async ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel)
    {
        string behind = after?.ToString() ?? "";
        while (true)
        {
            List<RoomName> names = await NamesAsync(behind, limit, cancel).ConfigureAwait(false);
            RoomRecord?[] records = await Task.WhenAll(names.Select(name => PeekAsync(name, cancel))).ConfigureAwait(false);
            List<RoomRecord> listed = [.. records.OfType<RoomRecord>()];
            if (listed.Count > 0 || names.Count < limit)
            {
                return listed;
            }

            // All of them have expired since they were found.
            behind = names[^1].ToString();
        }
    }

    private async Task<RoomRecord?> PeekAsync(RoomName room, CancellationToken cancel)
    {
        RedisResult answer = await connection.EvaluateAsync(Peek, Keys(room), [SpareEpochs.Next()], cancel).ConfigureAwait(false);
        return answer.IsNull ? null : Answers.Record(room, answer);
    }

    private async Task<List<RoomName>> NamesAsync(string behind, int limit, CancellationToken cancel)
    {
        var first = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (IServer server in connection.Primaries)
            {
                await foreach (RedisKey key in server.KeysAsync(connection.Options.Database, _keys.AllRecords, pageSize: 1000).WithCancellation(cancel).ConfigureAwait(false))
                {
                    if (_keys.TryRoom((string)key!, out RoomName room) && string.CompareOrdinal(room.ToString(), behind) > 0 && first.Add(room.ToString()) && first.Count > limit)
                    {
                        first.Remove(first.Max!);
                    }
                }
            }
        }
        catch (Exception failure) when (RedisFaults.IsOfRedis(failure))
        {
            throw RedisFaults.Unavailable(failure);
        }

        return [.. first.Select(RoomName.Parse)];
    }

    private RedisKey[] Keys(RoomName room) => [_keys.Record(room), _keys.Log(room)];

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    private static long RecordAge(RoomPolicy policy) => Milliseconds(policy.RecordAge > policy.Retention.Age ? policy.RecordAge : policy.Retention.Age);

    private static string Name(ReadFromKind kind) => kind switch
    {
        ReadFromKind.Now => "now",
        ReadFromKind.Start => "start",
        ReadFromKind.Last => "last",
        ReadFromKind.After => "after",
        ReadFromKind.Continue => "continue",
        ReadFromKind.Before => "before",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
