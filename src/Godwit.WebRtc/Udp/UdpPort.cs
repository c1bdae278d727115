using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Godwit.WebRtc.Udp;

/// <summary>The one port of all peers: a socket at each address of the machine, all with the same port.</summary>
internal sealed class UdpPort : IDisposable
{
    /// <summary>The addresses at most; a machine with more has its first ones served.</summary>
    public const int MostAddresses = 32;

    private readonly List<UdpSocket> _sockets = [];

    private UdpPort()
    {
    }

    /// <summary>Where it is bound.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Binds a port at all addresses of the machine, and begins to receive.</summary>
    /// <exception cref="SocketException">The port is in use, or not for this user.</exception>
    public static UdpPort BindEverywhere(int port, IDatagramTaker taker) => Bind(Local(), port, taker, mayLack: true);

    /// <summary>Binds a port of the system's choice at the loopback address, and begins to receive.</summary>
    /// <exception cref="SocketException">There is none.</exception>
    public static UdpPort BindLoopback(IDatagramTaker taker) => Bind([IPAddress.Loopback], 0, taker);

    /// <summary>Binds a port at some addresses, and begins to receive.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="port">The port.</param>
    /// <param name="taker">Takes what comes.</param>
    /// <param name="mayLack">Whether an address that cannot be used is passed over, as one of IPv6 that is still being tried out by the system.</param>
    public static UdpPort Bind(IReadOnlyList<IPAddress> addresses, int port, IDatagramTaker taker, bool mayLack = false)
    {
        var bound = new UdpPort();
        try
        {
            foreach (IPAddress address in addresses)
            {
                bound.Add(new IPEndPoint(address, port), taker, mayLack);
            }
        }
        catch
        {
            bound.Dispose();
            throw;
        }

        bound.EndPoints = [.. bound._sockets.Select(static socket => socket.EndPoint)];
        foreach (UdpSocket socket in bound._sockets)
        {
            socket.Start();
        }

        return bound;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (UdpSocket socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private void Add(IPEndPoint at, IDatagramTaker taker, bool mayLack)
    {
        try
        {
            _sockets.Add(new UdpSocket(at, (byte)_sockets.Count, taker));
        }
        catch (SocketException lacking) when (mayLack && lacking.SocketErrorCode is (SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported))
        {
            // The machine has others, the loopback address for one.
        }
    }

    private static List<IPAddress> Local()
    {
        var addresses = new List<IPAddress> { IPAddress.Loopback };
        foreach (NetworkInterface one in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (one.OperationalStatus != OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            {
                continue;
            }

            foreach (UnicastIPAddressInformation at in one.GetIPProperties().UnicastAddresses)
            {
                if (AddressReaches.CanBeNamed(at.Address) && !addresses.Contains(at.Address) && addresses.Count < MostAddresses)
                {
                    addresses.Add(at.Address);
                }
            }
        }

        return addresses;
    }
}
