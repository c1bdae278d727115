using System.Buffers;
using System.Text;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions.Exchanges;

/// <summary>Composes the answer of an exchange.</summary>
internal static class ExchangeText
{
    private const int EnvelopeLength = 128;

    // A name twice, two positions, and what stands around them and in a verdict.
    private const int RoomLength = (2 * Position.MaxTextLength) + 160;

    /// <summary>Composes <c>{"session","resumed","expires"?,"rooms","replies","frames","more"?}</c>.</summary>
    public static ExchangeAnswer Compose(in SessionIdentity identity, DateTimeOffset? expires, ReadOnlySpan<ExchangeRoom> rooms, IReadOnlyList<byte[]> replies, AnswerHold? hold, TimeSpan? pollAfter)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxLength(identity, rooms, replies));
        var text = new Utf8Text(buffer);
        text.Append("{\"session\":\""u8);
        text.AppendAscii(identity.Token);
        text.Append(identity.Resumed ? "\",\"resumed\":true"u8 : "\",\"resumed\":false"u8);
        AnswerText.AppendExpires(ref text, expires);
        text.Append(",\"rooms\":{"u8);
        AppendPositions(ref text, rooms);
        text.Append("},\"replies\":["u8);
        for (int i = 0; i < replies.Count; i++)
        {
            text.Append(i > 0 ? ","u8 : default);
            text.Append(replies[i]);
        }

        text.Append("],\"frames\":["u8);
        bool hasMore = AppendFrames(ref text, rooms, identity.Id);
        text.Append(hasMore ? "],\"more\":true}"u8 : "]}"u8);
        pollAfter = hasMore && pollAfter is not null ? TimeSpan.Zero : pollAfter;
        if (text.Length <= AnswerBudget.Free)
        {
            return new ExchangeAnswer(buffer, text.Length, hold, pollAfter);
        }

        byte[] exact = text.Written.ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        hold?.Shrink(exact.Length);
        return new ExchangeAnswer(exact, exact.Length, hold, pollAfter);
    }

    private static int MaxLength(in SessionIdentity identity, ReadOnlySpan<ExchangeRoom> rooms, IReadOnlyList<byte[]> replies)
    {
        int length = EnvelopeLength + identity.Token.Length;
        foreach (byte[] reply in replies)
        {
            length += reply.Length + 1;
        }

        foreach (ref readonly ExchangeRoom room in rooms)
        {
            length += (room.IsMember ? AnswerText.MemberLength : 0) + (room.Notice is { } notice ? notice.Length + 1 : 0);
            if (room.AtHead is { } answer)
            {
                length += answer.Length + 2;
                continue;
            }

            length += (2 * room.Join.Room.ToString().Length) + RoomLength + (room.Error?.Length ?? 0);
            for (int i = 0; room.Error is null && i < room.Count; i++)
            {
                length += room.Feed.Text.MaxLength(room[i]) + 1;
            }
        }

        return length;
    }

    /// <summary>Appends the <c>rooms</c>, each with the position to go on from.</summary>
    private static void AppendPositions(ref Utf8Text text, ReadOnlySpan<ExchangeRoom> rooms)
    {
        bool isFirst = true;
        Span<byte> position = stackalloc byte[Position.MaxTextLength];
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            // A room that could not be read goes on from where the client says it is.
            if (room.Error is not null && room.Join.From.Kind != ReadFromKind.After)
            {
                continue;
            }

            text.Append(isFirst ? default : ","u8);
            isFirst = false;
            if (room.AtHead is { } answer)
            {
                text.Append(answer.Member);
                continue;
            }

            int length = (room.Error is null ? room.End : room.Join.From.Position).WriteUtf8(position);
            if (room.Error is null)
            {
                EntryText.AppendMember(ref text, room.Feed.Text.Name, position[..length]);
            }
            else
            {
                EntryText.AppendMember(ref text, Encoding.ASCII.GetBytes(room.Join.Room.ToString()), position[..length]);
            }
        }
    }

    private static bool AppendFrames(ref Utf8Text text, ReadOnlySpan<ExchangeRoom> rooms, UInt128 session)
    {
        bool isFirst = true;
        bool hasMore = false;
        Span<byte> position = stackalloc byte[Position.MaxTextLength];
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            text.Append(isFirst ? default : ","u8);
            isFirst = false;
            if (room.Error is not null)
            {
                text.Append(room.Error);
                continue;
            }

            if (room.AtHead is { } answer)
            {
                text.Append(answer.Joined);
            }
            else
            {
                hasMore |= room.HasMore || !room.IsTaken;
                int length = room.Judgement.Position.WriteUtf8(position);
                room.Feed.Text.AppendJoined(ref text, position[..length], room.Judgement);
            }

            if (room.IsMember)
            {
                AnswerText.AppendMember(ref text, session);
            }

            if (room.Notice is { } notice)
            {
                text.Append(","u8);
                text.Append(notice);
            }
        }

        foreach (ref readonly ExchangeRoom room in rooms)
        {
            for (int i = 0; room.Error is null && i < room.Count; i++)
            {
                text.Append(","u8);
                text.AppendEntry(room.Feed.Text, room.Judgement.Position.Epoch, room[i]);
            }
        }

        return hasMore;
    }
}
