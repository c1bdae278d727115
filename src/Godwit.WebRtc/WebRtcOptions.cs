using System.Net;

namespace Godwit.WebRtc;

/// <summary>Settings of data channels.</summary>
public sealed class WebRtcOptions
{
    private int? _port;

    /// <summary>The UDP port of all peers.</summary>
    /// <value>1 to 65535; null by default: then only requests from this machine are answered, and their peers come to a port of the system's choice at the loopback address.</value>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1 or above 65535.</exception>
    public int? Port
    {
        get => _port;
        set
        {
            if (value is { } port)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(port, 1, nameof(value));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue, nameof(value));
            }

            _port = value;
        }
    }

    /// <summary>The addresses that clients are told, in the order in which they are to be tried.</summary>
    /// <value>None by default: then those that the port is bound to.</value>
    public IReadOnlyList<IPAddress> Addresses { get; set; } = [];
}
