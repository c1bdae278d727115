using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The URLs to listen at.</summary>
internal sealed class ListenForm : ValueForm<ListenAddress>
{
    public override string Rule => "http://, https:// or h2c:// (HTTP/2 in clear text) with localhost, an IP address or *, and a port, such as http://localhost:8080 (port 0: any free one)";

    public override string Placeholder => "URL";

    public override string? Parse(string text, out ListenAddress value) => ListenAddress.Parse(text, out value);

    public override string Print(ListenAddress value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^(http|https|h2c)://(localhost|\\*|[0-9.]+|\\[[0-9A-Fa-f:.%a-z]+\\])(:[0-9]{1,5})?/?$");
    }
}
