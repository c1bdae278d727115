using System.Net;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>The settings of data channels.</summary>
internal static class WebRtcSettings
{
    public const string Section = "webrtc";
    public const string Port = $"{Section}.port";
    public const string Addresses = $"{Section}.addresses";

    /// <summary>What the section is about.</summary>
    public const string Description = "Data channels of WebRTC, over UDP. Without a port only requests from this machine have them, at the loopback address and a port of the system's choice.";

    private const int MostAddresses = 16;

    private static readonly SettingRange<long> PortRange = new(1, ushort.MaxValue);

    /// <summary>The settings.</summary>
    public static IEnumerable<Setting<ServerSettings>> All =>
    [
        new ValueSetting<ServerSettings, long>(
            Port,
            new CountForm(PortRange),
            "The UDP port of all data channels, at every address of this machine. Packets come to the server that answered the offer, so each of several servers needs addresses of its own.",
            server => server.WebRtc.Port is int port ? (long)port : null,
            (server, value) => server.WebRtc.Port = (int)value) { Flag = "--udp", Unset = "not set (for requests from this machine alone)" },
        new ListSetting<ServerSettings, IPAddress>(
            Addresses,
            new AddressForm(),
            "The addresses that clients reach the UDP port at, the one to be tried first in front. Needed behind NAT, where the machine has private addresses; others get 501 webrtc.unconfigured without it. Without it clients are told the addresses of this machine.",
            server => server.WebRtc.Addresses,
            (server, value) => server.WebRtc.Addresses = [.. value.Select(address => address.Value)]) { Least = 0, Most = MostAddresses, Unset = "the addresses of this machine" },
    ];

    /// <summary>Checks that the settings say one thing together.</summary>
    public static void Check(ServerSettings server, Assignments<ServerSettings> assigned, List<Fault> faults)
    {
        if (server.WebRtc.Addresses.Count > 0 && server.WebRtc.Port is null && !assigned.IsFaulty(Port))
        {
            faults.Add(new Fault(assigned.SourceOf(Addresses) ?? "the defaults", Addresses, $"it needs {Port}", "add that, or leave this out"));
        }
    }
}
