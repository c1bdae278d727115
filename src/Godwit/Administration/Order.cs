using System.Buffers;
using System.Globalization;
using System.Text.Json;
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

    /// <summary>Reads a session's name.</summary>
    public static bool TryReadSession(string? text, out UInt128 session)
    {
        session = default;
        return text is { Length: SessionLength } && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out session);
    }

    /// <summary>As the store keeps it.</summary>
    public byte[] ToJson()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("order", Kind switch { OrderKind.Revoke => "revoke", OrderKind.Disconnect => "disconnect", _ => "leave" });
            Write(json, "user", User);
            Write(json, "session", Session is { } session ? NameOf(session) : null);
            Write(json, "jti", TokenId);
            Write(json, "room", Room?.ToString());
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
        OrderKind? kind = Text(json, "order") switch { "revoke" => OrderKind.Revoke, "disconnect" => OrderKind.Disconnect, "leave" => OrderKind.Leave, _ => null };
        if (kind is not { } known)
        {
            return null;
        }

        return new Order(known)
        {
            User = Text(json, "user"),
            Session = TryReadSession(Text(json, "session"), out UInt128 session) ? session : null,
            TokenId = Text(json, "jti"),
            Room = RoomName.TryParse(Text(json, "room"), out RoomName room) ? room : null,
            Before = Time(json, "before"),
            Ends = Time(json, "ends"),
        };
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static DateTimeOffset Time(JsonElement json, string name) => DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty(name).GetInt64());
}
