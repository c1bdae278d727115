using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>A log that forgets nothing: what a broker says must agree with it, given what the broker says it has trimmed.</summary>
internal sealed class LogModel(Epoch epoch, TimeSpan age, long bytes, long entries, TimeSpan slack)
{
    private readonly List<(Position Position, int Size, TimeSpan Time)> _all = [(new Position(epoch, 0, 0), 0, TimeSpan.Zero)];
    private readonly List<(TimeSpan Time, long Allowed)> _beyond = [];

    public Position Head => _all[^1].Position;

    public Position this[long offset] => _all[(int)offset].Position;

    public int Size(long offset) => _all[(int)offset].Size;

    public void Add(Position position, int size, TimeSpan now)
    {
        _all.Add((position, size, now));
        int kept = 1;
        for (long sum = size; kept < Math.Min(entries, Head.Offset) && (sum += Size(Head.Offset - kept)) <= bytes; kept++)
        {
        }

        _beyond.Add((now, Head.Offset - kept));
    }

    /// <summary>The last offset that may be gone, and the last that must be.</summary>
    public (long Must, long May) Trimmed(TimeSpan now) => (TrimmedAt(now - slack), TrimmedAt(now));

    public Verdict Judge(Position position, long trimmed, bool byMark) =>
        position.Epoch != epoch || position.Offset > Head.Offset ? Verdict.Reset
        : position.Offset < trimmed ? Verdict.Gap
        : byMark && position.Mark != this[position.Offset].Mark ? Verdict.Reset
        : Verdict.Ok;

    private long TrimmedAt(TimeSpan time)
    {
        long aged = _all.FindLastIndex(entry => entry.Time + age <= time);
        long beyond = _beyond.FindLast(step => step.Time <= time).Allowed;
        return Math.Max(Math.Max(aged, beyond), 0);
    }
}
