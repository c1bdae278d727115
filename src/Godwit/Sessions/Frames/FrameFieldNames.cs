using System.Text.Json;
using Godwit.Json;

namespace Godwit.Sessions.Frames;

/// <summary>The names of the fields that are known.</summary>
internal static class FrameFieldNames
{
    private const int Longest = 8;

    private static readonly string[] Texts = [.. Enum.GetNames<FrameField>().Select(static name => name.ToLowerInvariant())];

    /// <summary>The number of fields, with <see cref="FrameField.None"/>.</summary>
    public const int Count = (int)FrameField.Wait + 1;

    /// <summary>The name as it is written.</summary>
    public static string Text(FrameField field) => Texts[(int)field];

    /// <summary>The field whose name a reader stands on; <see cref="FrameField.None"/> for others.</summary>
    public static FrameField Find(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Find(reader.ValueSpan);
        }

        Span<byte> plain = stackalloc byte[Longest];
        return StringField.Copy(in reader, plain) is > 0 and int length ? Find(plain[..length]) : FrameField.None;
    }

    private static FrameField Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("op"u8) => FrameField.Op,
        2 when name.SequenceEqual("id"u8) => FrameField.Id,
        3 when name.SequenceEqual("key"u8) => FrameField.Key,
        4 when name.SequenceEqual("room"u8) => FrameField.Room,
        4 when name.SequenceEqual("data"u8) => FrameField.Data,
        4 when name.SequenceEqual("last"u8) => FrameField.Last,
        4 when name.SequenceEqual("send"u8) => FrameField.Send,
        4 when name.SequenceEqual("wait"u8) => FrameField.Wait,
        5 when name.SequenceEqual("after"u8) => FrameField.After,
        5 when name.SequenceEqual("event"u8) => FrameField.Event,
        5 when name.SequenceEqual("limit"u8) => FrameField.Limit,
        5 when name.SequenceEqual("bytes"u8) => FrameField.Bytes,
        5 when name.SequenceEqual("rooms"u8) => FrameField.Rooms,
        5 when name.SequenceEqual("state"u8) => FrameField.State,
        5 when name.SequenceEqual("token"u8) => FrameField.Token,
        6 when name.SequenceEqual("before"u8) => FrameField.Before,
        6 when name.SequenceEqual("cursor"u8) => FrameField.Cursor,
        6 when name.SequenceEqual("ticket"u8) => FrameField.Ticket,
        7 when name.SequenceEqual("present"u8) => FrameField.Present,
        7 when name.SequenceEqual("session"u8) => FrameField.Session,
        8 when name.SequenceEqual("delivery"u8) => FrameField.Delivery,
        _ => FrameField.None,
    };
}
