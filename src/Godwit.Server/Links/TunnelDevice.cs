using System.Net;

namespace Godwit.Server.Links;

/// <summary>A TUN device: what its network sends to the peer is read from a descriptor, and what is written there arrives. It goes when that is closed.</summary>
internal sealed unsafe class TunnelDevice : IDisposable
{
    public const string Path = "/dev/net/tun";
    public const string Name = "link0";

    // The system's own queue towards whoever reads: what comes while that has no turn. Its default is 500.
    private const int SystemQueue = 10_000;

    private TunnelDevice(int descriptor)
    {
        Descriptor = descriptor;
    }

    private static ReadOnlySpan<byte> Octets => "link0"u8;

    /// <summary>Where packets are read and written, without waiting.</summary>
    public int Descriptor { get; private set; }

    /// <summary>Makes one in the network of this thread, and has its loopback device work.</summary>
    /// <exception cref="LinkException">The system does not allow it.</exception>
    public static TunnelDevice Create(IPAddress address, IPAddress peer, int mtu)
    {
        var device = new TunnelDevice(LinuxCalls.Open(Path, LinuxCalls.ReadWrite | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec));
        if (device.Descriptor < 0)
        {
            throw new LinkException($"{Path} cannot be opened ({LinuxCalls.LastFault}); load the module tun, or, in a container, start it with --device {Path}");
        }

        try
        {
            Ask(device.Descriptor, LinuxCalls.SetTunnel, "TUNSETIFF", new InterfaceRequest(Octets) { Flags = LinuxCalls.TunnelWithoutHeader });
            device.Configure(address, peer, mtu);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Descriptor >= 0)
        {
            _ = LinuxCalls.Close(Descriptor);
            Descriptor = -1;
        }
    }

    private void Configure(IPAddress address, IPAddress peer, int mtu)
    {
        int socket = LinuxCalls.CreateSocket(LinuxCalls.Inet, LinuxCalls.Datagram | LinuxCalls.CloseOnExec, 0);
        if (socket < 0)
        {
            throw new LinkException($"no socket can be made in a network namespace ({LinuxCalls.LastFault})");
        }

        try
        {
            Ask(socket, LinuxCalls.SetFlags, "SIOCSIFFLAGS", new InterfaceRequest("lo"u8) { Flags = LinuxCalls.Up });
            Ask(socket, LinuxCalls.SetMtu, "SIOCSIFMTU", new InterfaceRequest(Octets) { Number = mtu });
            Ask(socket, LinuxCalls.SetQueue, "SIOCSIFTXQLEN", new InterfaceRequest(Octets) { Number = SystemQueue });
            Ask(socket, LinuxCalls.SetAddress, "SIOCSIFADDR", Addressed(address));
            Ask(socket, LinuxCalls.SetPeer, "SIOCSIFDSTADDR", Addressed(peer));
            Ask(socket, LinuxCalls.SetFlags, "SIOCSIFFLAGS", new InterfaceRequest(Octets) { Flags = LinuxCalls.Up });
        }
        finally
        {
            _ = LinuxCalls.Close(socket);
        }
    }

    private static InterfaceRequest Addressed(IPAddress address) => new(Octets) { Family = LinuxCalls.Inet, Address = BitConverter.ToUInt32(address.GetAddressBytes()) };

    private static void Ask(int descriptor, uint request, string name, InterfaceRequest argument)
    {
        if (LinuxCalls.Control(descriptor, request, &argument) < 0)
        {
            throw new LinkException($"a TUN device cannot be made ({name}: {LinuxCalls.LastFault}); in a container, start it with --cap-add NET_ADMIN");
        }
    }
}
