using Godwit.Protocol;

namespace Godwit.Brokers.Memory;

/// <summary>What objects take of the heap of a 64-bit process: the estimate that the cap on all logs goes by.</summary>
/// <remarks>
/// Object headers, array headers and rounding to 8 octets are counted. Texts are counted for every entry that names them,
/// although some are shared (the default event name, which always is, is not counted). So the estimate errs to the high side.
/// </remarks>
internal static class ObjectCost
{
    private const long Header = 16;

    // Header, offset, mark, time, and the content's three references and its flag.
    private const long EntryObject = Header + 8 + 8 + 8 + 32;

    /// <summary>An array of this many octets of elements.</summary>
    public static long Array(long octets) => Header + 8 + Rounded(octets);

    /// <summary>A text.</summary>
    public static long Text(string text) => Rounded(Header + 4 + 2 + (2L * text.Length));

    /// <summary>An entry with all it refers to, but not its slot in the log.</summary>
    public static long Entry(Entry entry)
    {
        long cost = EntryObject + Array(entry.Content.Data.Length);
        if (!ReferenceEquals(entry.Content.Event, EventName.Default))
        {
            cost += Text(entry.Content.Event);
        }

        return entry.Content.From is { } from ? cost + Text(from) : cost;
    }

    private static long Rounded(long octets) => (octets + 7) & ~7L;
}
