using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Godwit.Brokers;

namespace Godwit.Redis.Logs;

/// <summary>What is published, as one value: <c>j</c> or <c>b</c> for JSON or octets, the octets of event and publisher (<c>-</c> for none), a line feed, and then event, publisher and data.</summary>
internal static class StoredContent
{
    private const byte Json = (byte)'j', Octets = (byte)'b', None = (byte)'-', Space = (byte)' ', End = (byte)'\n';

    /// <summary>Writes a content.</summary>
    public static byte[] Write(in EntryContent content)
    {
        int ofEvent = Encoding.UTF8.GetByteCount(content.Event);
        int ofFrom = content.From is { } from ? Encoding.UTF8.GetByteCount(from) : -1;
        Span<byte> head = stackalloc byte[32];
        head[0] = content.IsBytes ? Octets : Json;
        head[1] = Space;
        Utf8Formatter.TryFormat(ofEvent, head[2..], out int digits);
        int at = 2 + digits;
        head[at++] = Space;
        if (ofFrom < 0)
        {
            head[at++] = None;
        }
        else
        {
            Utf8Formatter.TryFormat(ofFrom, head[at..], out digits);
            at += digits;
        }

        head[at++] = End;
        byte[] all = GC.AllocateUninitializedArray<byte>(at + ofEvent + Math.Max(0, ofFrom) + content.Data.Length);
        head[..at].CopyTo(all);
        at += Encoding.UTF8.GetBytes(content.Event, all.AsSpan(at));
        if (ofFrom > 0)
        {
            at += Encoding.UTF8.GetBytes(content.From, all.AsSpan(at));
        }

        content.Data.CopyTo(all.AsSpan(at));
        return all;
    }

    /// <summary>Reads a content that is not known to be one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> stored, [NotNullWhen(true)] out EntryContent? content)
    {
        content = null;
        int end = stored.IndexOf(End);
        if (end < 5 || stored[0] is not (Json or Octets) || stored[1] != Space)
        {
            return false;
        }

        ReadOnlySpan<byte> head = stored[2..end], rest = stored[(end + 1)..];
        int space = head.IndexOf(Space);
        if (space <= 0 || !TryReadLength(head[..space], out int ofEvent))
        {
            return false;
        }

        ReadOnlySpan<byte> second = head[(space + 1)..];
        int ofFrom = 0;
        bool isFrom = second is not [None];
        if ((isFrom && !TryReadLength(second, out ofFrom)) || (long)ofEvent + ofFrom > rest.Length)
        {
            return false;
        }

        string name = Names.Get(rest[..ofEvent]);
        string? from = isFrom ? Encoding.UTF8.GetString(rest.Slice(ofEvent, ofFrom)) : null;
        content = new EntryContent(name, rest[(ofEvent + ofFrom)..].ToArray(), stored[0] == Octets, from);
        return true;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> digits, out int length) =>
        Utf8Parser.TryParse(digits, out length, out int read) && read == digits.Length && length >= 0;

    // Nearly all entries have the same name.
    private static class Names
    {
        private static readonly byte[] Default = Encoding.UTF8.GetBytes(Protocol.EventName.Default);

        public static string Get(ReadOnlySpan<byte> octets) =>
            octets.SequenceEqual(Default) ? Protocol.EventName.Default : Encoding.UTF8.GetString(octets);
    }
}
