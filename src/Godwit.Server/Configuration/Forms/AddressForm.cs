using System.Net;
using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>IP addresses that clients can be told: no names, no ports, and none that means nothing without its interface.</summary>
internal sealed class AddressForm : ValueForm<IPAddress>
{
    public override string Rule => "an IPv4 or IPv6 address, such as 203.0.113.7 or 2001:db8::7";

    public override string Placeholder => "ADDRESS";

    public override string? Parse(string text, out IPAddress value)
    {
        value = IPAddress.None;
        if (text.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(text, out IPAddress? address))
        {
            return $"{Fault.Quote(text)} is no address";
        }

        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6LinkLocal || address.IsIPv6Multicast || address.GetAddressBytes() is [>= 224 and <= 255, _, _, _])
        {
            return $"{Fault.Quote(text)} is no address of one machine";
        }

        value = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return null;
    }

    public override string Print(IPAddress value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json) => json.WriteString("type", "string");
}
