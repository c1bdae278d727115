using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Feeds;

/// <summary>What a feed can tell without asking the store: judgements, and its recent entries.</summary>
internal sealed partial class Feed
{
    /// <summary>A page of the recent entries that begins with an offset, if they reach back to it.</summary>
    public Page? RecentPage(long offset, int generation)
    {
        lock (_lock)
        {
            if (generation != _state.Generation || TryRecent(offset, Page.Limits) is not { } entries)
            {
                return null;
            }

            return new Page(Text, generation, Verdict.Ok, PositionBefore(entries[0]), entries);
        }
    }

    /// <summary>The entries after a position that was judged, if the recent ones reach back to it; of <see cref="Delivery.Latest"/> the newest, if there is one after it.</summary>
    public Entry[]? RecentAfter(in Judgement judgement, ReadLimits limits, Delivery delivery = Delivery.All)
    {
        lock (_lock)
        {
            return judgement.Generation == _state.Generation ? EntriesAfter(judgement.Position.Offset, limits, delivery) : null;
        }
    }

    /// <summary>Judges a place and reads the entries after it; false when only the store can tell.</summary>
    public bool TryRead(in ReadFrom from, ReadLimits limits, Delivery delivery, out RoomPage page)
    {
        lock (_lock)
        {
            if (!_state.IsDegraded && (from.Kind == ReadFromKind.Now || (from.Kind == ReadFromKind.After && IsOurs(from.Position))))
            {
                Position position = from.Kind == ReadFromKind.Now ? HeadPosition : from.Position;
                if (EntriesAfter(position.Offset, limits, delivery) is { } entries)
                {
                    page = new RoomPage(new Judgement(position, Verdict.Ok, null, _state.Generation), entries, entries.Length > 0 && entries[^1].Offset < _head, false);
                    return true;
                }
            }
        }

        page = default;
        return false;
    }

    /// <summary>What to answer to whoever stands at the head of the room, nothing being in doubt; null of any other place.</summary>
    /// <remarks>The feed need not be held, and mostly no lock is taken: what is answered was so after it was asked for.</remarks>
    /// <param name="from">Where reading begins.</param>
    /// <param name="now">The time, in ms of the pump's clock: who asks in this way keeps the feed from ending as who holds it does.</param>
    public HeadAnswer? TryAnswerAtHead(in ReadFrom from, long now)
    {
        HeadAnswer? answer = Volatile.Read(ref _headAnswer) ?? AnswerAtHead(from);
        if (answer is null || (from.Kind != ReadFromKind.Now && (from.Kind != ReadFromKind.After || from.Position != answer.Judgement.Position)))
        {
            return null;
        }

        // A feed that has ended may not have been told what changed; one that has not ended now had not when it was asked.
        if (Volatile.Read(ref _holds) < 0)
        {
            return null;
        }

        if (Volatile.Read(ref _idleSince) != now)
        {
            Volatile.Write(ref _idleSince, now);
        }

        return answer;
    }

    private HeadAnswer? AnswerAtHead(in ReadFrom from)
    {
        if (from.Kind is not (ReadFromKind.Now or ReadFromKind.After))
        {
            return null;
        }

        lock (_lock)
        {
            Position head = HeadPosition;
            if (!IsOurs(head) || (from.Kind == ReadFromKind.After && from.Position != head))
            {
                return null;
            }

            var answer = new HeadAnswer(Text, new Judgement(head, Verdict.Ok, null, _state.Generation), Rate);
            Volatile.Write(ref _headAnswer, answer);
            return answer;
        }
    }

    /// <summary>Judges a position by what is known here; null when only the store can tell.</summary>
    public Judgement? TryJudge(Position position)
    {
        lock (_lock)
        {
            return IsOurs(position) ? new Judgement(position, Verdict.Ok, null, _state.Generation) : null;
        }
    }

    /// <summary>The newest position, judged.</summary>
    public Judgement JudgeNow()
    {
        lock (_lock)
        {
            return new Judgement(HeadPosition, Verdict.Ok, null, _state.Generation);
        }
    }

    /// <summary>Whether what the store says cannot be of the log that is followed here, or is ahead of it, though it has the same epoch: the log's end was lost, and the watch has not told yet.</summary>
    /// <remarks>Then a position that the store finds good may stand in front of entries of the lost end, and nobody may go on from it here.</remarks>
    /// <param name="page">What the store said.</param>
    /// <param name="head">The head here before it was asked: it has at least that.</param>
    public bool IsContradictedBy(LogPage page, long head)
    {
        if (page.Start.Epoch != State.Start.Epoch)
        {
            return false;
        }

        lock (_lock)
        {
            return page.Head.Offset < head
                || page.Start.Offset > _head
                || Differs(page.Start.Offset, page.Start.Mark)
                || Differs(page.Head.Offset, page.Head.Mark)
                || (page.Entries.Count > 0 && (Differs(page.Entries[0].Offset, page.Entries[0].Mark) || Differs(page.Entries[^1].Offset, page.Entries[^1].Mark)));
        }
    }

    /// <summary>Whether another mark than this is known of an offset.</summary>
    private bool Differs(long offset, uint mark) =>
        offset == _head ? mark != _headMark
        : _recent.TryIndexOf(offset, out int index) ? mark != _recent[index].Mark
        : offset == _recent.Before.Offset && mark != _recent.Before.Mark;

    private Position HeadPosition => new(_state.Start.Epoch, _head, _headMark);

    /// <summary>Whether a position is known to be of this log; if not, the store may know it all the same.</summary>
    private bool IsOurs(in Position position)
    {
        if (_isSyncing || _state.IsDegraded || position.Epoch != _state.Start.Epoch)
        {
            return false;
        }

        return position.Offset == _head
            ? position.Mark == _headMark
            : _recent.TryIndexOf(position.Offset, out int index) && _recent[index].Mark == position.Mark;
    }

    private Entry[]? EntriesAfter(long offset, ReadLimits limits, Delivery delivery) =>
        offset >= _head ? [] : TryRecent(delivery == Delivery.Latest ? _head : offset + 1, limits);

    private Entry[]? TryRecent(long offset, ReadLimits limits)
    {
        if (!_recent.TryIndexOf(offset, out int first))
        {
            return null;
        }

        int count = 0;
        for (int bytes = 0; first + count < _recent.Count && count < limits.Entries; count++)
        {
            bytes += _recent[first + count].Size;
            if (count > 0 && bytes > limits.Bytes)
            {
                break;
            }
        }

        var entries = new Entry[count];
        for (int i = 0; i < count; i++)
        {
            entries[i] = _recent[first + i];
        }

        return entries;
    }

    /// <summary>The start of a page made of recent entries; nobody is shown its mark.</summary>
    private Position PositionBefore(Entry entry) => new(_state.Start.Epoch, entry.Offset - 1, 0);
}
