using System.Globalization;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions;

/// <summary>Composes the frames that answer those of a client.</summary>
internal static class AnswerText
{
    // Six octets for an escaped character of the id, and what the longest of these frames has beside it.
    private const int MaxLength = (6 * FrameId.MaxLength) + 2 + RoomName.MaxLength + Position.MaxTextLength + 160;

    /// <summary><c>{"op":"welcome","id"?,"session","resumed","expires"?,"heartbeat"}</c></summary>
    public static byte[] Welcome(FrameId id, in SessionIdentity identity, DateTimeOffset? expires, TimeSpan heartbeat)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength + identity.Token.Length]);
        Begin(ref text, "welcome"u8, id);
        text.Append(",\"session\":\""u8);
        text.AppendAscii(identity.Token);
        text.Append(identity.Resumed ? "\",\"resumed\":true"u8 : "\",\"resumed\":false"u8);
        AppendExpires(ref text, expires);
        text.Append(",\"heartbeat\":"u8);
        text.Append((long)heartbeat.TotalMilliseconds);
        return End(text);
    }

    /// <summary><c>{"op":"reply","id"?,"position","duplicate"}</c>, for an append that was not refused.</summary>
    public static byte[] Published(FrameId id, in Appended appended)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref text, "reply"u8, id);
        text.Append(",\"position\":\""u8);
        text.Append(appended.Position);
        text.Append(appended.Outcome == AppendOutcome.Duplicate ? "\",\"duplicate\":true"u8 : "\",\"duplicate\":false"u8);
        return End(text);
    }

    /// <summary><c>{"op":"reply","id"?,"room","position","verdict","missing"?,"entries","more"?}</c></summary>
    /// <param name="id">What is answered.</param>
    /// <param name="feed">The room.</param>
    /// <param name="page">What was read.</param>
    /// <param name="budget">What a large answer takes its octets from.</param>
    /// <param name="backwards">Whether it was read backwards.</param>
    public static CallAnswer Page(FrameId id, Feed feed, RoomPage page, AnswerBudget budget, bool backwards)
    {
        var start = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref start, "reply"u8, id);
        start.Append(","u8);
        PollText.Answer answer = PollText.Compose(feed, page, budget, backwards, moreBackwards: backwards, start.Written);
        return new CallAnswer(answer.Text, answer.Hold);
    }

    /// <summary><c>{"op":"joined","id"?,"room","position","verdict","missing"?}</c></summary>
    /// <param name="id">What is answered.</param>
    /// <param name="joined">The object without the id, as <see cref="ControlObject.Joined"/> composes it.</param>
    public static byte[] Joined(FrameId id, byte[] joined)
    {
        if (id.IsNone)
        {
            return joined;
        }

        ReadOnlySpan<byte> op = "{\"op\":\"joined\","u8;
        return [.. op, .. "\"id\":"u8, .. id.Json.Span, (byte)',', .. joined.AsSpan(op.Length)];
    }

    /// <summary>The octets of <see cref="AppendMember"/>.</summary>
    public const int MemberLength = 45;

    /// <summary>Has a <c>joined</c>, which was just written, say as which member.</summary>
    public static void AppendMember(ref Utf8Text text, UInt128 session)
    {
        text.Reopen();
        text.Append(",\"member\":\""u8);
        text.AppendAscii(session.ToString("x32", CultureInfo.InvariantCulture));
        text.Append("\"}"u8);
    }

    /// <summary>The same of one that is whole.</summary>
    public static byte[] WithMember(ReadOnlySpan<byte> joined, UInt128 session)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength + MemberLength]);
        text.Append(joined);
        AppendMember(ref text, session);
        return text.Written.ToArray();
    }

    /// <summary><c>{"op":"left","id"?,"room"}</c></summary>
    public static byte[] Left(FrameId id, RoomName room)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref text, "left"u8, id);
        text.Append(",\"room\":\""u8);
        text.AppendAscii(room.ToString());
        text.Append("\""u8);
        return End(text);
    }

    /// <summary><c>{"op":"reply","id"?,"expires"?}</c>, for a credential that was taken.</summary>
    public static byte[] Refreshed(FrameId id, DateTimeOffset? expires)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref text, "reply"u8, id);
        AppendExpires(ref text, expires);
        return End(text);
    }

    /// <summary><c>{"op":"reply","id"?,"data"}</c></summary>
    /// <param name="id">What is answered.</param>
    /// <param name="data">A JSON text.</param>
    public static byte[] Data(FrameId id, ReadOnlySpan<byte> data)
    {
        var start = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref start, "reply"u8, id);
        start.Append(",\"data\":"u8);
        return [.. start.Written, .. data, (byte)'}'];
    }

    /// <summary>Appends the member that says when a credential ends, if it does.</summary>
    public static void AppendExpires(ref Utf8Text text, DateTimeOffset? expires)
    {
        if (expires is { } end)
        {
            text.Append(",\"expires\":"u8);
            text.Append(end.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>An answer that says nothing but that it is one: <c>{"op":"pong","id"?}</c>.</summary>
    public static byte[] Bare(ReadOnlySpan<byte> op, FrameId id)
    {
        var text = new Utf8Text(stackalloc byte[MaxLength]);
        Begin(ref text, op, id);
        return End(text);
    }

    private static void Begin(ref Utf8Text text, ReadOnlySpan<byte> op, FrameId id)
    {
        text.Append("{\"op\":\""u8);
        text.Append(op);
        text.Append("\""u8);
        if (!id.IsNone)
        {
            text.Append(",\"id\":"u8);
            text.Append(id.Json.Span);
        }
    }

    private static byte[] End(scoped Utf8Text text)
    {
        text.Append("}"u8);
        return text.Written.ToArray();
    }
}
