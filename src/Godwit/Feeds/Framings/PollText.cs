using System.Buffers;
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

    /// <summary>An answer.</summary>
    /// <param name="Text">The JSON text, without the last member and the closing brace.</param>
    /// <param name="Page">The page as it was answered, after it was cut to size.</param>
    /// <param name="Hold">What it took from the budget of large answers: to be disposed when the answer is out.</param>
    public sealed record Answer(byte[] Text, RoomPage Page, AnswerHold? Hold);

    /// <summary>Composes <c>{"room":…,"position":…,"verdict":…,"entries":[…]</c>.</summary>
    /// <param name="feed">The room.</param>
    /// <param name="page">What was read.</param>
    /// <param name="budget">What an answer above <see cref="AnswerBudget.Free"/> takes its octets from; null for one that many share, which does not get larger.</param>
    /// <param name="backwards">Whether it was read backwards: then a page that is too large loses its oldest entries, else its newest.</param>
    /// <param name="moreBackwards">Whether <c>more</c> speaks of entries before a backward page, and not of those after it.</param>
    /// <param name="start">What stands in place of the opening brace; where there is any, the object is closed too.</param>
    public static Answer Compose(Feed feed, RoomPage page, AnswerBudget? budget, bool backwards = false, bool moreBackwards = false, ReadOnlySpan<byte> start = default)
    {
        page = Fit(feed, page, backwards, budget, out int capacity, out AnswerHold? hold);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(start.Length + capacity + EnvelopeLength + RoomName.MaxLength);
        Judgement judgement = page.Judgement;
        var text = new Utf8Text(buffer);
        text.Append(start.IsEmpty ? "{"u8 : start);
        text.Append("\"room\":\""u8);
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
        text.Append(start.IsEmpty ? default : "}"u8);
        byte[] exact = text.Written.ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        hold?.Shrink(exact.Length);
        return new Answer(exact, page, hold);
    }

    /// <summary>Cuts a page to the size of an answer, and to what the budget has for it.</summary>
    private static RoomPage Fit(Feed feed, RoomPage page, bool backwards, AnswerBudget? budget, out int capacity, out AnswerHold? hold)
    {
        page = Cut(feed, page, backwards, budget is null ? AnswerBudget.Free : MaxLength, out capacity);
        hold = capacity > AnswerBudget.Free ? budget?.Take(capacity) : null;
        int granted = hold?.Octets ?? AnswerBudget.Free;
        return capacity <= granted ? page : Cut(feed, page, backwards, granted, out capacity);
    }

    private static RoomPage Cut(Feed feed, RoomPage page, bool backwards, int most, out int capacity)
    {
        int count = page.Entries.Count;
        capacity = 0;
        for (int i = 0; i < count; i++)
        {
            int length = feed.Text.MaxLength(page.Entries[backwards ? count - 1 - i : i]) + 1;
            if (i > 0 && capacity + length > most)
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
