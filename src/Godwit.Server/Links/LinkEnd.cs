using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Server.Processes;

namespace Godwit.Server.Links;

/// <summary>One end of a <see cref="PacketLink"/>: a network with a loopback device, an address on the link, and nothing else to be reached but the other end.</summary>
internal sealed class LinkEnd : IDisposable
{
    private readonly NamespaceThread _thread;

    private LinkEnd(NamespaceThread thread, TunnelDevice device, IPAddress address)
    {
        (_thread, Device, Address) = (thread, device, address);
    }

    /// <summary>Its address (IPv4).</summary>
    public IPAddress Address { get; }

    /// <summary>The network, as a path that <c>nsenter --net=</c> takes while the link is there.</summary>
    public string Network => _thread.Folder + "/ns/net";

    /// <summary>How many segments its TCP has sent again.</summary>
    public long Retransmitted => Statistic("Tcp", "RetransSegs");

    /// <summary>The congestion control of its TCP, which decides what loss and delay mean for it.</summary>
    public string CongestionControl => Run(static () => File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim());

    /// <summary>Where its packets are.</summary>
    internal TunnelDevice Device { get; }

    /// <summary>Packets that the system dropped at the device: those that came from the link, and those that should have gone there.</summary>
    internal (long Received, long Sent) Missed
    {
        get
        {
            // Eight counters of what is received, then those of what is sent: octets, packets, errors, drops.
            string line = File.ReadLines(_thread.Folder + "/net/dev").FirstOrDefault(static line => line.TrimStart().StartsWith(TunnelDevice.Name + ":", StringComparison.Ordinal))
                ?? throw new LinkException(TunnelDevice.Gone);
            string[] counters = line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (Number(counters[3]), Number(counters[8 + 3]));
        }
    }

    /// <summary>Does something in this network and waits for it: makes sockets, starts processes, reads <c>/proc/thread-self/net</c>.</summary>
    /// <remarks>It is done on one thread, in turn, so it should be short; what it awaits would go on outside.</remarks>
    public T Run<T>(Func<T> work) => _thread.Run(work);

    /// <summary>Makes a socket in this network, for anybody in this program to use; as in <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public Socket OpenSocket(SocketType type = SocketType.Stream, ProtocolType protocol = ProtocolType.Tcp) =>
        Run(() => new Socket(AddressFamily.InterNetwork, type, protocol));

    /// <summary>Starts a program in this network. It is killed when the link ends, or when this program does, whatever ends it.</summary>
    /// <param name="start">What is started, with its arguments in <see cref="ProcessStartInfo.ArgumentList"/>; it is changed.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no <c>setpriv</c>. A program that is not there ends with 127 and says so.</exception>
    public Process Start(ProcessStartInfo start)
    {
        TiedProcess.Tie(start);
        return Run(() => Process.Start(start)!);
    }

    /// <summary>A figure of this network out of <c>/proc/net/snmp</c>.</summary>
    public long Statistic(string protocol, string name)
    {
        string[][] lines = [.. File.ReadLines(_thread.Folder + "/net/snmp").Where(line => line.StartsWith(protocol + ":", StringComparison.Ordinal)).Select(static line => line.Split(' '))];
        return Number(lines[1][Array.IndexOf(lines[0], name)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Device.Dispose();
        _thread.Dispose();
    }

    /// <summary>Makes a network with a device in it.</summary>
    /// <exception cref="LinkException">The system does not allow it.</exception>
    internal static LinkEnd Create(string name, IPAddress address, IPAddress peer, int mtu)
    {
        var thread = new NamespaceThread(name);
        try
        {
            thread.Run(ForgetPaths);
            return new LinkEnd(thread, thread.Run(() => TunnelDevice.Create(address, peer, mtu)), address);
        }
        catch
        {
            thread.Dispose();
            throw;
        }
    }

    // Else TCP remembers what it met on the way to an address, and a connection would begin as the one before it ended.
    private static bool ForgetPaths()
    {
        try
        {
            File.WriteAllText("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A container whose settings are not to be written. The link is the same; only what follows on loss differs a little.
            return false;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
