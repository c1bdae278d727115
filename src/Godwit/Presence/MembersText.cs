using System.Buffers;
using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Sessions.Frames;

namespace Godwit.Presence;

/// <summary>Composes the frames that tell of members.</summary>
internal static class MembersText
{
    /// <summary>All members: <c>{"op":"members","room","count","members"}</c>.</summary>
    public static byte[] All(RoomName room, int count, IEnumerable<Member> members)
    {
        ArrayBufferWriter<byte> text = Begin(default, room, count);
        Append(text, "members"u8, members, withState: true);
        return End(text);
    }

    /// <summary>Who came, says something else or left: <c>{"op":"members","room","count","changed","left"}</c>.</summary>
    public static byte[] Changes(RoomName room, int count, IEnumerable<Member> changed, IEnumerable<UInt128> left)
    {
        ArrayBufferWriter<byte> text = Begin(default, room, count);
        Append(text, "changed"u8, changed, withState: true);
        text.Write(",\"left\":["u8);
        bool isFirst = true;
        foreach (UInt128 session in left)
        {
            text.Write(isFirst ? "\""u8 : ",\""u8);
            isFirst = false;
            Append(text, session);
            text.Write("\""u8);
        }

        text.Write("]"u8);
        return End(text);
    }

    /// <summary>How many there are, and some of them: <c>{"op":"members","room","count","sample"}</c>.</summary>
    public static byte[] Sample(RoomName room, int count, IEnumerable<Member> some)
    {
        ArrayBufferWriter<byte> text = Begin(default, room, count);
        Append(text, "sample"u8, some, withState: false);
        return End(text);
    }

    /// <summary>A page that was asked for: <c>{"op":"members","id"?,"room","count","members","cursor"?}</c>.</summary>
    public static byte[] Page(FrameId id, RoomName room, int count, IReadOnlyList<Member> members, bool more)
    {
        ArrayBufferWriter<byte> text = Begin(id, room, count);
        Append(text, "members"u8, members, withState: true);
        if (more)
        {
            text.Write(",\"cursor\":\""u8);
            Append(text, members[^1].Session);
            text.Write("\""u8);
        }

        return End(text);
    }

    /// <summary>What a member says of itself was changed: <c>{"op":"members","id"?,"room"}</c>.</summary>
    public static byte[] Changed(FrameId id, RoomName room) => End(Begin(id, room, count: null));

    /// <summary>The most octets that a member takes.</summary>
    public static int MaxLength(Member member) => 96 + (6 * 3 * (member.User?.Length ?? 0)) + member.State.Length;

    private static ArrayBufferWriter<byte> Begin(FrameId id, RoomName room, int? count)
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write("{\"op\":\"members\""u8);
        if (!id.IsNone)
        {
            text.Write(",\"id\":"u8);
            text.Write(id.Json.Span);
        }

        text.Write(",\"room\":\""u8);
        Append(text, room.ToString());
        text.Write("\""u8);
        if (count is { } known)
        {
            text.Write(",\"count\":"u8);
            Append(text, known);
        }

        return text;
    }

    private static byte[] End(ArrayBufferWriter<byte> text)
    {
        text.Write("}"u8);
        return text.WrittenSpan.ToArray();
    }

    private static void Append(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> name, IEnumerable<Member> members, bool withState)
    {
        text.Write(",\""u8);
        text.Write(name);
        text.Write("\":["u8);
        bool isFirst = true;
        foreach (Member member in members)
        {
            text.Write(isFirst ? "{\"session\":\""u8 : ",{\"session\":\""u8);
            isFirst = false;
            Append(text, member.Session);
            text.Write("\""u8);
            if (member.User is { } user)
            {
                text.Write(",\"user\":\""u8);

                // By way of UTF-8, which replaces what is not Unicode: a name must not stop the room.
                text.Write(JsonEncodedText.Encode(Encoding.UTF8.GetBytes(user)).EncodedUtf8Bytes);
                text.Write("\""u8);
            }

            text.Write(",\"since\":"u8);
            Append(text, member.Since);
            if (withState && !member.State.IsEmpty)
            {
                text.Write(",\"state\":"u8);
                text.Write(member.State.Span);
            }

            text.Write("}"u8);
        }

        text.Write("]"u8);
    }

    private static void Append(ArrayBufferWriter<byte> text, string ascii) => text.Advance(Encoding.ASCII.GetBytes(ascii, text.GetSpan(ascii.Length)));

    private static void Append(ArrayBufferWriter<byte> text, long number)
    {
        number.TryFormat(text.GetSpan(20), out int written);
        text.Advance(written);
    }

    private static void Append(ArrayBufferWriter<byte> text, UInt128 session)
    {
        session.TryFormat(text.GetSpan(32), out int written, "x32");
        text.Advance(written);
    }
}
