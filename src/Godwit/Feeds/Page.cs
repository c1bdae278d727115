using System.Buffers;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>A part of the log for readers that are behind the tail, framed once for all of them.</summary>
internal sealed class Page
{
    /// <summary>What is read at once: enough for a few sends, small enough to be kept by nobody for long.</summary>
    public static readonly ReadLimits Limits = new(128, 32 << 10);

    /// <summary>Stands for a page that could not be read.</summary>
    public static readonly Page None = new(null!, 0, Verdict.Ok, default, []);

    private readonly Segment?[] _framed = new Segment?[Framing.Count];
    private readonly EntryText _text;
    private readonly IReadOnlyList<Entry> _entries;

    /// <summary>Makes a page of what the broker gave.</summary>
    public Page(EntryText text, int generation, Verdict verdict, Position start, IReadOnlyList<Entry> entries)
    {
        _text = text;
        _entries = entries;
        Generation = generation;
        Verdict = verdict;
        Start = start;
    }

    /// <summary>How often the feed had been reset when it was read.</summary>
    public int Generation { get; }

    /// <summary>Whether entries before it have left retention.</summary>
    public Verdict Verdict { get; }

    /// <summary>The position right before its first entry.</summary>
    public Position Start { get; }

    /// <summary>Whether it stands for a page that could not be read.</summary>
    public bool IsNone => ReferenceEquals(this, None);

    /// <summary>Whether it holds an entry.</summary>
    public bool Holds(long offset) => offset > Start.Offset && offset <= Start.Offset + _entries.Count;

    /// <summary>The frames from an offset on; false when it does not hold that.</summary>
    public bool TryRange(Framing framing, long offset, int maxBytes, out FrameRange range)
    {
        if (!Holds(offset))
        {
            range = default;
            return false;
        }

        Segment framed = Volatile.Read(ref _framed[framing.Index]) ?? Frame(framing);
        range = framed.From(offset, maxBytes);
        return true;
    }

    private Segment Frame(Framing framing)
    {
        int capacity = 0;
        int largest = 0;
        foreach (Entry entry in _entries)
        {
            int length = _text.MaxLength(entry);
            largest = Math.Max(largest, length);
            capacity += framing.MaxLength(entry, length);
        }

        var segment = new Segment(Start.Offset + 1, capacity);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(largest);
        foreach (Entry entry in _entries)
        {
            int length = _text.Write(scratch, Start.Epoch, entry);
            segment.Commit(framing.Write(segment.Free, Start.Epoch, entry, scratch.AsSpan(0, length)));
        }

        ArrayPool<byte>.Shared.Return(scratch);
        Volatile.Write(ref _framed[framing.Index], segment);
        return segment;
    }
}
