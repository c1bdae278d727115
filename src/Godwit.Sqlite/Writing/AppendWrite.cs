using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Protocol;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Watching;

namespace Godwit.Sqlite.Writing;

/// <summary>Appends one entry.</summary>
internal sealed class AppendWrite(RoomName room, in EntryContent content, PublishKey? key, RoomWatches watches, Upkeep upkeep, TimeProvider time) : Write
{
    private readonly EntryContent _content = content;
    private readonly byte[]? _key = key is { } used ? KeyTable.Hash(used) : null;
    private readonly ContentHash _hash = key is null ? default : ContentHash.Of(content);
    private readonly TaskCompletionSource<Appended> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Appended _answer;
    private uint _previousMark;
    private Entry? _entry;

    /// <summary>Completes when the entry is stored.</summary>
    public Task<Appended> Answered => _answered.Task;

    /// <inheritdoc/>
    public override int Size => _content.Size;

    /// <inheritdoc/>
    public override void Apply(WriterTables tables, long now)
    {
        RoomRow row = tables.Rooms.FindOrMake(room, now);
        row.Used = now;
        tables.Rooms.Changes(row);
        if (_key is not null && tables.Keys.Find(row, _key, now) is { } first)
        {
            AppendOutcome outcome = first.Hash == _hash ? AppendOutcome.Duplicate : AppendOutcome.KeyReused;
            _answer = new Appended(outcome, new Position(row.Epoch, first.Offset, first.Mark));
            _entry = null;
            return;
        }

        _previousMark = row.HeadMark;
        _entry = new Entry(row.Head + 1, (uint)Random.Shared.NextInt64(1L << 32), time.GetUtcNow().ToUnixTimeMilliseconds(), _content);
        tables.Entries.Add(row, _entry, now);
        if (row.Count == 0)
        {
            row.DueBy(StoreClock.Later(now, row.Policy.Retention.Age));
        }

        row.Head = _entry.Offset;
        row.HeadMark = _entry.Mark;
        row.Bytes += _entry.Size;
        if (_key is not null)
        {
            tables.Keys.Put(row, _key, new KeyedAppend(_hash, _entry.Offset, _entry.Mark), StoreClock.Later(now, row.Policy.KeyWindow));
        }

        if (row.IsOver)
        {
            row.DueBy(now);
            upkeep.IsOver(row);
        }

        _answer = new Appended(AppendOutcome.Stored, row.HeadPosition);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_entry is not null)
        {
            watches.TellEntry(room, _answer.Position.Epoch, _previousMark, _entry);
        }

        _answered.TrySetResult(_answer);
    }

    /// <inheritdoc/>
    public override void Fail(Exception fault) => _answered.TrySetException(fault);
}
