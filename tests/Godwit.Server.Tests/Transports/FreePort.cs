using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Tests.Transports;

/// <summary>A port that nobody has at the moment, for servers that are told theirs.</summary>
internal static class FreePort
{
    /// <summary>One of UDP, at every address.</summary>
    public static int Udp()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
