using System.Net;
using System.Buffers;
using System.Text.Json;
using Godwit.Json;

namespace Godwit.Access.Tickets;

/// <summary>Whom a ticket makes of whoever takes it.</summary>
/// <param name="User">The user.</param>
/// <param name="Grants">What the user may do beside what policies allow.</param>
internal sealed record TicketContent(string User, Grants Grants)
{
    /// <summary>What is left of all that; null where nothing is taken away.</summary>
    public Grants? Bounds { get; init; }

    /// <summary>The origin of the pages that may show it; null for any, and for programs.</summary>
    public string? Origin { get; init; }

    /// <summary>When the credential ends that it was made with; null where that does not.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When that credential was made; null where nobody knows.</summary>
    public DateTimeOffset? Issued { get; init; }

    /// <summary>What a revocation of that credential names.</summary>
    public string? TokenId { get; init; }

    /// <summary>The caller.</summary>
    public Caller ToCaller(IPAddress? address) => new()
    {
        Kind = CallerKind.Ticket,
        User = User,
        Grants = Grants,
        Bounds = Bounds,
        Expires = Expires,
        Issued = Issued,
        TokenId = TokenId,
        Address = address,
    };

    /// <summary>As the store keeps it.</summary>
    public byte[] ToJson()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("user", User);
            json.WritePropertyName("grants");
            Grants.WriteTo(json);
            if (Bounds is not null)
            {
                json.WritePropertyName("bounds");
                Bounds.WriteTo(json);
            }

            json.WriteKept("origin", Origin);
            json.WriteKept("expires", Expires);
            json.WriteKept("issued", Issued);
            json.WriteKept("jti", TokenId);
            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> made; null for anything else, which a newer server may have kept.</summary>
    public static TicketContent? Read(ReadOnlyMemory<byte> kept)
    {
        using JsonDocument document = JsonDocument.Parse(kept);
        JsonElement json = document.RootElement;
        Grants? bounds = null;
        return json.TryGetProperty("user", out JsonElement user)
            && json.TryGetProperty("grants", out JsonElement grants)
            && Grants.TryRead(grants, out Grants? read, out _)
            && (!json.TryGetProperty("bounds", out JsonElement bound) || Grants.TryRead(bound, out bounds, out _))
            ? new TicketContent(user.GetString()!, read)
            {
                Bounds = bounds,
                Origin = json.KeptText("origin"),
                Expires = json.KeptTime("expires"),
                Issued = json.KeptTime("issued"),
                TokenId = json.KeptText("jti"),
            }
            : null;
    }
}
