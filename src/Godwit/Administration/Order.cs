using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Godwit.Json;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>An order of an administrator, as every server carries it out. One of user, session and token is named.</summary>
/// <param name="Kind">What.</param>
internal sealed record Order(OrderKind Kind)
{
    /// <summary>The characters of a session's name: it identifies, and proves nothing.</summary>
    public const int SessionLength = 32;

    /// <summary>Whose credentials, connections or readers; null where it is not by user.</summary>
    public string? User { get; init; }

    /// <summary>Which session; null where it is not by session.</summary>
    public UInt128? Session { get; init; }

    /// <summary>Which token, by its <c>jti</c>, with the tickets and links that it made; null where it is not by token.</summary>
    public string? TokenId { get; init; }

    /// <summary>The room to leave.</summary>
    public RoomName? Room { get; init; }

    /// <summary>A user's credentials made before this are revoked.</summary>
    public DateTimeOffset Before { get; init; }

    /// <summary>Until when a revocation is remembered.</summary>
    public DateTimeOffset Ends { get; init; }

    /// <summary>A session's name, as administrators see it.</summary>
    public static string NameOf(UInt128 session) => session.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Reads a session's name. Zeros alone are none: what has no session would bear it.</summary>
    public static bool TryReadSession(string? text, out UInt128 session)
    {
        session = default;
        return text is { Length: SessionLength } && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out session) && session != default;
    }

    /// <summary>As the store keeps it.</summary>
    public byte[] ToJson()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("order", Kind switch { OrderKind.Revoke => "revoke", OrderKind.Disconnect => "disconnect", _ => "leave" });
            json.WriteKept("user", User);
            json.WriteKept("session", Session is { } session ? NameOf(session) : null);
            json.WriteKept("jti", TokenId);
            json.WriteKept("room", Room?.ToString());
            json.WriteNumber("before", Before.ToUnixTimeMilliseconds());
            json.WriteNumber("ends", Ends.ToUnixTimeMilliseconds());
            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> made; null for anything else, which a newer server may have ordered.</summary>
    public static Order? Read(ReadOnlyMemory<byte> kept)
    {
        using JsonDocument document = JsonDocument.Parse(kept);
        JsonElement json = document.RootElement;
        OrderKind? kind = json.KeptText("order") switch { "revoke" => OrderKind.Revoke, "disconnect" => OrderKind.Disconnect, "leave" => OrderKind.Leave, _ => null };
        if (kind is not { } known)
        {
            return null;
        }

        return new Order(known)
        {
            User = json.KeptText("user"),
            Session = TryReadSession(json.KeptText("session"), out UInt128 session) ? session : null,
            TokenId = json.KeptText("jti"),
            Room = RoomName.TryParse(json.KeptText("room"), out RoomName room) ? room : null,
            Before = json.KeptTime("before") ?? default,
            Ends = json.KeptTime("ends") ?? default,
        };
    }
}
