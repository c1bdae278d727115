using System.Net;
using System.Net.Sockets;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Ice;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>Which ports clients of this process take.</summary>
public sealed class RecentPortsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_port_that_was_left_is_not_taken_again_as_long_as_a_server_may_take_it_for_another_s()
    {
        var ports = new RecentPorts(_time);
        for (int port = 0; port <= ushort.MaxValue; port += 8)
        {
            ports.Leave(port);
        }

        // Of as many the system gives one in eight of those that were left, so without looking some would be.
        for (int i = 0; i < 100; i++)
        {
            using Socket socket = ports.Bind(Make, IPAddress.Loopback);
            Assert.NotEqual(0, PortOf(socket) % 8);
        }

        _time.Advance(TimeSpan.FromMilliseconds(CheckedPaths.Quiet * 2));
        Assert.False(ports.Has(32_768));
    }

    [Fact]
    public void Where_all_were_left_one_of_them_is_taken()
    {
        var ports = new RecentPorts(_time);
        for (int port = 0; port <= ushort.MaxValue; port++)
        {
            ports.Leave(port);
        }

        var made = new List<Socket>();
        using Socket socket = ports.Bind(family =>
        {
            made.Add(Make(family));
            return made[^1];
        }, IPAddress.Loopback);
        Assert.NotEqual(0, PortOf(socket));
        Assert.All(made.Where(one => one != socket), static one => Assert.Throws<ObjectDisposedException>(() => one.Available));
    }

    [Fact]
    public void One_that_is_closed_twice_is_left_once()
    {
        var ports = new RecentPorts(_time);
        Socket socket = ports.Bind(Make, IPAddress.Loopback);
        int port = PortOf(socket);
        ports.Close(socket);
        ports.Close(socket);
        Assert.True(ports.Has(port));
    }

    private static Socket Make(AddressFamily family) => new(family, SocketType.Dgram, ProtocolType.Udp);

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
