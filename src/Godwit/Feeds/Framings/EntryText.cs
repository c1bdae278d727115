using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Feeds.Framings;

/// <summary>Composes the entry object of one room: the same text in every transport.</summary>
/// <remarks>
/// <c>{"op":"entry","room":"lobby","position":"E-42-M","offset":42,"event":"message","data":{…},"time":1}</c>. Names,
/// events and positions need no escaping by their alphabets, so everything but <c>from</c> is copied.
/// </remarks>
internal sealed class EntryText(RoomName room)
{
    private readonly byte[] _prefix = Encoding.ASCII.GetBytes($$"""{"op":"entry","room":"{{room}}","position":" """.TrimEnd());

    private static ReadOnlySpan<byte> EntryOp => "{\"op\":\"entry\""u8;

    private static ReadOnlySpan<byte> JoinedOp => "{\"op\":\"joined\""u8;

    private static ReadOnlySpan<byte> OkEnd => "\",\"verdict\":\"ok\"}"u8;

    private static ReadOnlySpan<byte> BeforeName => ",\"room\":\""u8;

    /// <summary>The octets of the room's name.</summary>
    public ReadOnlySpan<byte> Name => _prefix.AsSpan(EntryOp.Length + BeforeName.Length, room.ToString().Length);

    /// <summary>The octets of <see cref="AppendMember"/>.</summary>
    public static int MemberLength(ReadOnlySpan<byte> name, ReadOnlySpan<byte> position) => name.Length + position.Length + "\"\":\"\"".Length;

    /// <summary>Appends a room and its position as a member of an object: <c>"lobby":"E-42-M"</c>.</summary>
    public static void AppendMember(ref Utf8Text text, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> position)
    {
        text.Append("\""u8);
        text.Append(name);
        text.Append("\":\""u8);
        text.Append(position);
        text.Append("\""u8);
    }

    /// <summary>The octets of <see cref="AppendJoined"/> where the verdict is <c>ok</c>.</summary>
    public int JoinedLength(ReadOnlySpan<byte> position) =>
        JoinedOp.Length + _prefix.Length - EntryOp.Length + position.Length + OkEnd.Length;

    /// <summary>Appends <c>{"op":"joined","room":…,"position":…,"verdict":…,"missing"?}</c>.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="position">The text of the judgement's position.</param>
    /// <param name="judgement">Where reading began.</param>
    public void AppendJoined(ref Utf8Text text, scoped ReadOnlySpan<byte> position, in Judgement judgement)
    {
        text.Append(JoinedOp);
        text.Append(_prefix.AsSpan(EntryOp.Length));
        text.Append(position);
        if (judgement.Verdict == Verdict.Ok)
        {
            text.Append(OkEnd);
            return;
        }

        text.Append("\",\"verdict\":\""u8);
        text.AppendAscii(ControlObject.Text(judgement.Verdict));
        text.Append("\""u8);
        text.AppendAscii(ControlObject.Missing(judgement.Missing));
        text.Append("}"u8);
    }

    /// <summary>The most octets that the object of an entry can take.</summary>
    public int MaxLength(Entry entry) => _prefix.Length + Position.MaxTextLength + 128 + MaxDataLength(entry) + entry.Content.Event.Length
        + (entry.Content.From is { } from ? (6 * from.Length) + 16 : 0);

    /// <summary>The most octets that the data of an entry can take as JSON.</summary>
    public static int MaxDataLength(Entry entry) =>
        entry.Content.IsBytes ? Base64.GetMaxEncodedToUtf8Length(entry.Content.Data.Length) + 2 : entry.Content.Data.Length;

    /// <summary>Writes the entry object and returns its length.</summary>
    public int Write(Span<byte> destination, Epoch epoch, Entry entry)
    {
        var text = new Utf8Text(destination);
        text.Append(_prefix);
        text.Append(new Position(epoch, entry.Offset, entry.Mark));
        text.Append("\",\"offset\":"u8);
        text.Append(entry.Offset);
        text.Append(",\"event\":\""u8);
        text.AppendAscii(entry.Content.Event);
        text.Append(entry.Content.IsBytes ? "\",\"bytes\":"u8 : "\",\"data\":"u8);
        AppendData(ref text, entry);
        text.Append(",\"time\":"u8);
        text.Append(entry.Time);
        if (entry.Content.From is { } from)
        {
            text.Append(",\"from\":\""u8);
            // By way of UTF-8, which replaces what is not Unicode: a name must not stop the room.
            text.Append(JsonEncodedText.Encode(Encoding.UTF8.GetBytes(from)).EncodedUtf8Bytes);
            text.Append("\""u8);
        }

        text.Append("}"u8);
        return text.Length;
    }

    /// <summary>Appends the data as JSON: as it was stored, or octets as a base64 string.</summary>
    public static void AppendData(ref Utf8Text text, Entry entry)
    {
        if (!entry.Content.IsBytes)
        {
            text.Append(entry.Content.Data);
            return;
        }

        text.Append("\""u8);
        text.AppendBase64(entry.Content.Data);
        text.Append("\""u8);
    }
}
