using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Feeds.Framings;

/// <summary>Composes the answer of a poll, up to the link to the next one.</summary>
internal static class PollText
{
    /// <summary>The most octets of entries in an answer; one entry may be larger.</summary>
    public const int MaxLength = 1 << 20;

    private const int EnvelopeLength = 512;

    /// <summary>An answer that may serve many.</summary>
    /// <param name="Text">The JSON text, without the last member and the closing brace.</param>
    /// <param name="Page">The page as it was answered, after it was cut to size.</param>
    public sealed record Answer(byte[] Text, RoomPage Page);

    /// <summary>Composes <c>{"room":…,"position":…,"verdict":…,"entries":[…]</c>.</summary>
    /// <param name="feed">The room.</param>
    /// <param name="page">What was read.</param>
    /// <param name="backwards">Whether it was read backwards: then a page that is too large loses its oldest entries, else its newest.</param>
    /// <param name="moreBackwards">Whether <c>more</c> speaks of entries before a backward page, and not of those after it.</param>
    public static Answer Compose(Feed feed, RoomPage page, bool backwards = false, bool moreBackwards = false)
    {
        page = Cut(feed, page, backwards, out int capacity);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(capacity + EnvelopeLength + RoomName.MaxLength);
        Judgement judgement = page.Judgement;
        var text = new Utf8Text(buffer);
        text.Append("{\"room\":\""u8);
        text.AppendAscii(feed.Room.ToString());
        text.Append("\",\"position\":\""u8);
        text.Append(page.End);
        text.Append("\",\"verdict\":\""u8);
        text.AppendAscii(ControlObject.Text(judgement.Verdict));
        text.Append("\""u8);
        text.AppendAscii(ControlObject.Missing(judgement.Missing));
        text.Append(",\"entries\":["u8);
        for (int i = 0; i < page.Entries.Count; i++)
        {
            if (i > 0)
            {
                text.Append(","u8);
            }

            text.AppendEntry(feed.Text, judgement.Position.Epoch, page.Entries[i]);
        }

        text.Append((moreBackwards ? page.HasOlder : page.HasMore) ? "],\"more\":true"u8 : "]"u8);
        return new Answer(buffer.AsSpan(0, text.Length).ToArray(), page);
    }

    private static RoomPage Cut(Feed feed, RoomPage page, bool backwards, out int capacity)
    {
        int count = page.Entries.Count;
        capacity = 0;
        for (int i = 0; i < count; i++)
        {
            int length = feed.Text.MaxLength(page.Entries[backwards ? count - 1 - i : i]) + 1;
            if (i > 0 && capacity + length > MaxLength)
            {
                return backwards
                    ? page with { Entries = [.. page.Entries.Skip(count - i)], HasOlder = true }
                    : page with { Entries = [.. page.Entries.Take(i)], HasMore = true };
            }

            capacity += length;
        }

        return page;
    }
}
