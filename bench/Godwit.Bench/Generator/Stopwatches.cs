using System.Buffers.Text;
using System.Diagnostics;
using HdrHistogram;

namespace Godwit.Bench.Generator;

/// <summary>How long entries were under way to the timed readers of one receive loop.</summary>
internal sealed class Stopwatches(Timeline timeline)
{
    private const long Longest = 60_000_000;
    private long _now;

    /// <summary>In microseconds, to three digits.</summary>
    public LongHistogram Histogram { get; } = new(Longest, numberOfSignificantValueDigits: 3);

    /// <summary>Called before what a receive brought is taken apart: all of it has arrived now.</summary>
    public void Start() => _now = Stopwatch.GetTimestamp();

    /// <summary>Notes an entry whose text follows, with the publisher's number in it; where the marker of the system is that number, the text begins with it.</summary>
    public void Arrived(ReadOnlySpan<byte> text)
    {
        if (text[0] is >= (byte)'0' and <= (byte)'9' && text.IndexOf("\"n\":"u8) is >= 0 and < 120 and int at)
        {
            text = text[(at + 4)..];
        }

        if (Utf8Parser.TryParse(text, out long number, out _) && timeline.Age(number, _now) is { } age)
        {
            Histogram.RecordValue(Math.Clamp((long)age.TotalMicroseconds, 1, Longest));
        }
    }
}
