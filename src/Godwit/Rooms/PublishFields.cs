using System.Text;
using System.Text.Json;
using Godwit.Json;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>The fields of a publish that is written as JSON.</summary>
internal static class PublishFields
{
    /// <summary>Reads the event name that a reader stands on, or says why it is none.</summary>
    /// <param name="reader">Stands on a string.</param>
    /// <param name="name">The name; <see cref="EventName.Default"/> where it is none.</param>
    public static ErrorCode? ReadEvent(in Utf8JsonReader reader, out string name)
    {
        Span<byte> plain = stackalloc byte[EventName.MaxLength];
        name = EventName.Default;
        if (StringField.Copy(in reader, plain) is not (>= 0 and int length))
        {
            return ErrorCode.EventInvalid;
        }

        plain = plain[..length];
        if (Ascii.Equals(plain, EventName.Default))
        {
            return null;
        }

        string text = Encoding.Latin1.GetString(plain);
        if (EventName.Check(text) is { } wrong)
        {
            return wrong;
        }

        name = text;
        return null;
    }

    /// <summary>Reads the idempotency key that a reader stands on, or says why it is none. Whether it is one for an anonymous publisher is for <see cref="PublishRules.IsWeak"/> to say.</summary>
    /// <param name="reader">Stands on a string.</param>
    /// <param name="key">The key; null where it is none.</param>
    public static ErrorCode? ReadKey(in Utf8JsonReader reader, out string? key)
    {
        Span<byte> plain = stackalloc byte[IdempotencyKey.MaxLength];
        key = StringField.Copy(in reader, plain) is >= 0 and int length ? Encoding.Latin1.GetString(plain[..length]) : null;
        if (IdempotencyKey.Check(key, anonymous: false) is { } wrong)
        {
            key = null;
            return wrong;
        }

        return null;
    }
}
