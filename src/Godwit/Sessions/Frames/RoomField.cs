using System.Text;
using System.Text.Json;
using Godwit.Json;
using Godwit.Protocol;

namespace Godwit.Sessions.Frames;

/// <summary>Room names inside JSON.</summary>
internal static class RoomField
{
    /// <summary>Reads the string or name that a reader stands on; false if it is no room name.</summary>
    public static bool TryRead(in Utf8JsonReader reader, out RoomName room)
    {
        if (!reader.ValueIsEscaped)
        {
            return TryRead(reader.ValueSpan, out room);
        }

        Span<byte> plain = stackalloc byte[RoomName.MaxLength];
        int length = StringField.Copy(in reader, plain);
        room = default;
        return length >= 0 && TryRead(plain[..length], out room);
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out RoomName room)
    {
        room = default;
        return text.Length <= RoomName.MaxLength && RoomName.TryParse(Encoding.Latin1.GetString(text), out room);
    }
}
