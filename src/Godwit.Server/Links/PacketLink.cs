using System.Net;
using Godwit.Server.Processes;

namespace Godwit.Server.Links;

/// <summary>Two networks on this machine, joined by a link on which every IP packet meets the delay, the loss and the rest that <see cref="LinkConditions"/> ask for.</summary>
/// <remarks>
/// Each end is a network namespace without a name, held by a thread of this program, with a TUN device whose packets this program passes on. So nothing is left behind, however
/// this program ends. It takes Linux, root and <c>/dev/net/tun</c>; see <see cref="Absence"/>. The link carries IPv4.
/// </remarks>
internal sealed class PacketLink : IDisposable
{
    /// <summary>The octets of the largest packet by default, as on Ethernet.</summary>
    public const int UsualMtu = 1500;

    // Of the network that RFC 2544 set apart for measuring networks. Nothing else is in the namespaces, so links do not get in each other's way.
    private static readonly IPAddress ClientAddress = IPAddress.Parse("198.18.0.1");
    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");

    private static readonly Lazy<string?> FoundAbsence = new(FindAbsence);

    private readonly PacketForwarder _up;
    private readonly PacketForwarder _down;

    private PacketLink(LinkConditions conditions, int mtu)
    {
        Client = LinkEnd.Create("link client", ClientAddress, ServerAddress, mtu);
        try
        {
            Server = LinkEnd.Create("link server", ServerAddress, ClientAddress, mtu);
            long begun = PacketForwarder.Now;
            _up = new PacketForwarder(LinkDirection.Up, Client.Device, Server.Device, mtu, conditions, begun);
            _down = new PacketForwarder(LinkDirection.Down, Server.Device, Client.Device, mtu, conditions, begun);
        }
        catch
        {
            _up?.Dispose();
            Server?.Dispose();
            Client.Dispose();
            throw;
        }
    }

    /// <summary>Why there can be no link here, in a line with what to do; null if there can. It is found out once, by making one.</summary>
    public static string? Absence => FoundAbsence.Value;

    /// <summary>The end where clients are.</summary>
    public LinkEnd Client { get; }

    /// <summary>The end where the server is.</summary>
    public LinkEnd Server { get; }

    /// <summary>What became of the packets from the client's end to the server's.</summary>
    /// <exception cref="LinkException">The link has failed.</exception>
    public LinkCounters Up => _up.Counters with { Missed = Client.Missed.Sent + Server.Missed.Received };

    /// <summary>What became of the packets from the server's end to the client's.</summary>
    /// <exception cref="LinkException">The link has failed.</exception>
    public LinkCounters Down => _down.Counters with { Missed = Server.Missed.Sent + Client.Missed.Received };

    /// <summary>What befalls the packets that are sent from now on. Those under way arrive when they would have, and nothing overtakes them.</summary>
    /// <exception cref="ArgumentException">They have a <see cref="LinkConditions.Fault"/>.</exception>
    public LinkConditions Conditions
    {
        get => _up.Conditions;
        set => _up.Conditions = _down.Conditions = Checked(value);
    }

    /// <summary>Makes a link.</summary>
    /// <param name="conditions">What befalls its packets.</param>
    /// <param name="mtu">The octets of the largest packet, 576 to 65,535.</param>
    /// <exception cref="ArgumentException">The conditions have a <see cref="LinkConditions.Fault"/>, or no device has such packets.</exception>
    /// <exception cref="LinkException">There can be none here; the message is that of <see cref="Absence"/>.</exception>
    public static PacketLink Start(LinkConditions conditions, int mtu = UsualMtu)
    {
        Checked(conditions);
        if (mtu is < 576 or > 65_535)
        {
            throw new ArgumentOutOfRangeException(nameof(mtu), mtu, "The largest packet of a link has 576 to 65,535 octets.");
        }

        string? missing = !OperatingSystem.IsLinux() ? "this takes Linux, for its network namespaces and TUN devices"
            : !Environment.IsPrivilegedProcess ? "this takes root, for network namespaces and TUN devices: run the command with sudo"
            : !File.Exists(TunnelDevice.Path) ? $"{TunnelDevice.Path} is missing; load the module (modprobe tun), or, in a container, start it with --device {TunnelDevice.Path}"
            : TiedProcess.Absence;
        return missing is null ? new PacketLink(conditions, mtu) : throw new LinkException(missing);
    }

    /// <summary>Lets nothing pass from now on, in either direction; what is under way is lost if it would arrive meanwhile. Nobody is told.</summary>
    public void Cut() => _up.IsCut = _down.IsCut = true;

    /// <summary>Lets packets pass again.</summary>
    public void Mend() => _up.IsCut = _down.IsCut = false;

    /// <summary>Ends it: what is under way is lost, and processes that were started at its ends are killed. Sockets that were made there stay, with nobody to reach.</summary>
    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
        Client.Dispose();
        Server.Dispose();
    }

    private static LinkConditions Checked(LinkConditions conditions) => conditions.Fault is { } fault ? throw new ArgumentException(fault, nameof(conditions)) : conditions;

    private static string? FindAbsence()
    {
        try
        {
            Start(LinkConditions.None).Dispose();
            return null;
        }
        catch (LinkException fault)
        {
            return fault.Message;
        }
    }
}
