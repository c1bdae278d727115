using Godwit.Protocol;

namespace Godwit.Brokers.Memory;

internal sealed partial class RoomLog
{
    /// <summary>Judges and reads.</summary>
    public LogPage Read(in ReadFrom from, ReadLimits limits, long now)
    {
        _lastUse = now;
        Verdict verdict = Verdict.Ok;
        OffsetRange? missing = null;
        if (from.Kind is ReadFromKind.After or ReadFromKind.Continue or ReadFromKind.Before)
        {
            verdict = Judge(from.Position, byMark: from.Kind != ReadFromKind.Continue);
            missing = verdict == Verdict.Gap ? new OffsetRange(from.Position.Offset + 1, Trimmed) : null;
        }

        (long start, int count) = from.Kind == ReadFromKind.Before
            ? Backward(from.Position.Offset, verdict, limits)
            : Forward(from, verdict, limits);
        var entries = count == 0 ? [] : new Entry[count];
        for (int i = 0; i < count; i++)
        {
            entries[i] = Retained![(int)(start - Trimmed) + i];
        }

        return new LogPage
        {
            Verdict = verdict,
            Missing = missing,
            Start = PositionAt(start),
            Entries = entries,
            Head = Head,
            Oldest = PositionAt(Trimmed),
        };
    }

    private Verdict Judge(Position position, bool byMark)
    {
        if (position.Epoch != Epoch || position.Offset > _head)
        {
            return Verdict.Reset;
        }

        if (position.Offset < Trimmed)
        {
            return Verdict.Gap;
        }

        return byMark && PositionAt(position.Offset).Mark != position.Mark ? Verdict.Reset : Verdict.Ok;
    }

    private (long Start, int Count) Forward(in ReadFrom from, Verdict verdict, ReadLimits limits)
    {
        long start = from.Kind switch
        {
            ReadFromKind.Now => _head,
            ReadFromKind.Last => Math.Max(Trimmed, _head - Math.Max(from.Count, 0)),
            ReadFromKind.After or ReadFromKind.Continue when verdict == Verdict.Ok => from.Position.Offset,
            _ => Trimmed,
        };
        int count = 0;
        int first = (int)(start - Trimmed);
        int available = Count - first;
        for (long bytes = 0; count < available && count < limits.Entries; count++)
        {
            bytes += Retained![first + count].Size;
            if (count > 0 && bytes > limits.Bytes)
            {
                break;
            }
        }

        return (start, count);
    }

    private (long Start, int Count) Backward(long before, Verdict verdict, ReadLimits limits)
    {
        if (verdict == Verdict.Gap)
        {
            return (Trimmed, 0);
        }

        long end = verdict == Verdict.Ok ? Math.Max(Trimmed, before - 1) : _head;
        int available = (int)(end - Trimmed);
        int count = 0;
        for (long bytes = 0; count < available && count < limits.Entries; count++)
        {
            bytes += Retained![available - 1 - count].Size;
            if (count > 0 && bytes > limits.Bytes)
            {
                break;
            }
        }

        return (end - count, count);
    }

    // Of an offset between the last one trimmed and the head.
    private Position PositionAt(long offset)
    {
        if (offset == _head)
        {
            return Head;
        }

        int index = (int)(offset - Trimmed) - 1;
        return new Position(Epoch, offset, index < 0 ? Retained!.TrimmedMark : Retained![index].Mark);
    }
}
