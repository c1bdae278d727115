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
        Span<byte> plain = stackalloc byte[RoomName.MaxLength];
        int length = StringField.Copy(in reader, plain);
        room = default;
        return length >= 0 && RoomName.TryParse(Encoding.Latin1.GetString(plain[..length]), out room);
    }
}
