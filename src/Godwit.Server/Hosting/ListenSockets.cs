using System.Net;
using System.Net.Sockets;
using Godwit.Server.Configuration;

namespace Godwit.Server.Hosting;

/// <summary>The listening sockets, taken before anything else is started, so that a port that is not free is known at once and by its URL.</summary>
internal sealed class ListenSockets : IDisposable
{
    private const int Backlog = 512;
    private const int FreePortAttempts = 16;

    private readonly Dictionary<EndPoint, Socket> _waiting = [];
    private readonly List<(EndPoint, ListenScheme)> _endPoints = [];
    private readonly List<ListenAddress> _addresses = [];

    private ListenSockets()
    {
    }

    /// <summary>The addresses with the ports that they have got.</summary>
    public IReadOnlyList<ListenAddress> Addresses => _addresses;

    /// <summary>The end points of the addresses, and what is spoken there.</summary>
    public IReadOnlyList<(EndPoint EndPoint, ListenScheme Scheme)> EndPoints => _endPoints;

    /// <summary>Takes every address.</summary>
    /// <exception cref="ListenException">One cannot be had; none is held then.</exception>
    public static ListenSockets Bind(IEnumerable<ListenAddress> addresses)
    {
        var sockets = new ListenSockets();
        foreach (ListenAddress address in addresses)
        {
            try
            {
                sockets.Add(address);
            }
            catch (SocketException cause)
            {
                sockets.Dispose();
                throw new ListenException(address, cause);
            }
        }

        return sockets;
    }

    /// <summary>Gives away the socket of an end point; its new owner disposes it.</summary>
    public Socket Take(EndPoint endPoint) =>
        _waiting.Remove(endPoint, out Socket? socket) ? socket : throw new InvalidOperationException($"No socket waits at {endPoint}.");

    /// <summary>Closes the sockets that nobody took.</summary>
    public void Dispose()
    {
        foreach (Socket socket in _waiting.Values)
        {
            socket.Dispose();
        }

        _waiting.Clear();
    }

    private void Add(ListenAddress address)
    {
        List<Socket> sockets = address switch
        {
            { Host: ListenAddress.Localhost } => Localhost(address.Port),
            { Host: ListenAddress.Every } => [Every(address.Port)],
            _ => [Listen(address.Address!, address.Port)],
        };
        foreach (Socket socket in sockets)
        {
            _waiting.Add(socket.LocalEndPoint!, socket);
            _endPoints.Add((socket.LocalEndPoint!, address.Scheme));
        }

        _addresses.Add(address with { Port = ((IPEndPoint)sockets[0].LocalEndPoint!).Port });
    }

    // Browsers try [::1] first for "localhost", other programs 127.0.0.1: both, and on the same port.
    private static List<Socket> Localhost(int port)
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket four = Listen(IPAddress.Loopback, port);
            try
            {
                return [four, Listen(IPAddress.IPv6Loopback, ((IPEndPoint)four.LocalEndPoint!).Port)];
            }
            catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                return [four];
            }
            catch (SocketException fault)
            {
                four.Dispose();
                if (port != 0 || fault.SocketErrorCode != SocketError.AddressAlreadyInUse || attempt == FreePortAttempts)
                {
                    throw;
                }
            }
        }
    }

    private static Socket Every(int port)
    {
        try
        {
            return Listen(IPAddress.IPv6Any, port);
        }
        catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            return Listen(IPAddress.Any, port);
        }
    }

    private static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // [::] takes IPv4 too.
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            // Two programs can bind a port that neither listens at yet; so the port is ours only from here on.
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
