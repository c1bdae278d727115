using System.Net;
using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Networks of addresses: <c>10.0.0.0/8</c>, <c>fd00::/8</c>, or one address.</summary>
internal sealed class NetworkForm : ValueForm<IPNetwork>
{
    public override string Rule => "an address or a network, such as 10.0.0.0/8 or fd00::/8";

    public override string Placeholder => "NETWORK";

    public override string? Parse(string text, out IPNetwork value)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out value) ? null : $"{Fault.Quote(text)} is no network, or has bits set behind its prefix";
        }

        value = default;
        if (!IPAddress.TryParse(text, out IPAddress? address) || text.Contains('%', StringComparison.Ordinal))
        {
            return $"{Fault.Quote(text)} is no address";
        }

        value = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return null;
    }

    public override string Print(IPNetwork value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json) => json.WriteString("type", "string");
}
