using System.Diagnostics;
using System.Globalization;
using System.Net;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>A network of its own for one server, joined to this machine's by a pair of interfaces. A firewall in it drops packets: both sides hear nothing at all, not even that the other's system is there.</summary>
/// <remarks>It takes root, <c>ip</c> and <c>nft</c>. What it makes goes with it; after a SIGKILL <c>ip netns delete</c> takes it away. Its addresses are of those that RFC 2544 has for measurements.</remarks>
internal sealed class NetworkNamespace : IDisposable
{
    private const int MostServers = 64;

    private static readonly Lazy<string?> WhyNot = new(Try);
    private static int _count;

    private readonly string _name;

    private NetworkNamespace()
    {
        int number = Interlocked.Increment(ref _count);
        int subnet = (Environment.ProcessId * MostServers) + number;
        _name = string.Create(CultureInfo.InvariantCulture, $"gv{Environment.ProcessId % 1_000_000}-{number % 1000}");
        Outside = Address(subnet, 1);
        Inside = Address(subnet, 2);
        try
        {
            Run("ip", "netns", "add", _name);
            Run("ip", "link", "add", _name + "o", "type", "veth", "peer", "name", _name + "i", "netns", _name);
            Run("ip", "address", "add", $"{Outside}/30", "dev", _name + "o");
            Run("ip", "link", "set", _name + "o", "up");
            Run([.. Within, "ip", "address", "add", $"{Inside}/30", "dev", _name + "i"]);
            Run([.. Within, "ip", "link", "set", _name + "i", "up"]);
            Run([.. Within, "ip", "link", "set", "lo", "up"]);
            Run([.. Within, "nft", "add", "table", "inet", "godwit"]);
        }
        catch (DeploymentException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none here; null if there can.</summary>
    public static string? Absence => WhyNot.Value;

    /// <summary>The address of what runs in it.</summary>
    public IPAddress Inside { get; }

    /// <summary>The address of this machine, as seen from there.</summary>
    public IPAddress Outside { get; }

    /// <summary>What a command begins with to run in it.</summary>
    public IReadOnlyList<string> Within => ["ip", "netns", "exec", _name];

    /// <summary>One for each server that is to be started, if a fault needs them.</summary>
    /// <exception cref="DeploymentException">They cannot be made.</exception>
    public static IReadOnlyList<NetworkNamespace> For(StartSettings settings)
    {
        var made = new List<NetworkNamespace>();
        try
        {
            while (settings.Kinds.Any(static kind => kind is FaultKind.LinkCut or FaultKind.StoreLinkCut) && made.Count < settings.Servers)
            {
                made.Add(new NetworkNamespace());
            }
        }
        catch (DeploymentException)
        {
            made.ForEach(static each => each.Dispose());
            throw;
        }

        return made;
    }

    /// <summary>From now on drops every packet of TCP and UDP from and to a port, on whichever side that port is.</summary>
    public void Drop(IEnumerable<int> ports)
    {
        string all = string.Join(", ", ports.Select(static port => port.ToString(CultureInfo.InvariantCulture)));
        foreach (string hook in (string[])["input", "output"])
        {
            Run([.. Within, "nft", $"add chain inet godwit {hook} {{ type filter hook {hook} priority 0; policy accept; }}"]);
            Run([.. Within, "nft", $"add rule inet godwit {hook} meta l4proto {{ tcp, udp }} th dport {{ {all} }} drop"]);
            Run([.. Within, "nft", $"add rule inet godwit {hook} meta l4proto {{ tcp, udp }} th sport {{ {all} }} drop"]);
        }
    }

    /// <summary>Lets packets pass again.</summary>
    public void Mend() => Run([.. Within, "nft", "delete chain inet godwit input; delete chain inet godwit output"]);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Run("ip", "netns", "delete", _name);
        }
        catch (DeploymentException)
        {
            // It was not made.
        }
    }

    private static IPAddress Address(int subnet, int host)
    {
        int at = (subnet % (1 << 15) * 4) + host;
        return new IPAddress([198, (byte)(18 + (at >> 16)), (byte)(at >> 8), (byte)at]);
    }

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "network namespaces are Linux's";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "a network namespace takes root";
        }

        try
        {
            using var tried = new NetworkNamespace();
            tried.Drop([1]);
            tried.Mend();
            return null;
        }
        catch (DeploymentException fault)
        {
            return fault.Message;
        }
    }

    private static void Run(params string[] command)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new DeploymentException($"'{string.Join(' ', command)}' fails: {said.Trim().ReplaceLineEndings(" ")}");
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new DeploymentException($"{command[0]} is missing (Debian: apt-get install iproute2 nftables)");
        }
    }
}
