using System.Net;

namespace Godwit.WebRtc;

/// <summary>Settings of data channels.</summary>
internal sealed class WebRtcOptions
{
    /// <summary>The UDP port of all peers.</summary>
    /// <value>1 to 65535; null by default: then only requests from this machine are answered, and their peers come to a port of the system's choice at the loopback address.</value>
    public int? Port { get; set; }

    /// <summary>The addresses that clients are told, in the order in which they are to be tried.</summary>
    /// <value>None by default: then those that the port is bound to.</value>
    public IReadOnlyList<IPAddress> Addresses { get; set; } = [];
}
