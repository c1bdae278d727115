using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The address of a key set. Whoever can change what it answers can make tokens, so it is one of https, or of this machine.</summary>
internal sealed class KeySetForm : ValueForm<Uri>
{
    public override string Rule => "the address of a JSON Web Key Set: https://…, or http:// at this machine";

    public override string Placeholder => "URL";

    public override string? Parse(string text, out Uri value)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            value = null!;
            return $"{Fault.Quote(text)} is no such address";
        }

        value = address;
        return address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback) ? null : $"{Fault.Quote(text)} is not one of https";
    }

    public override string Print(Uri value) => value.AbsoluteUri;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^https?://");
    }
}
