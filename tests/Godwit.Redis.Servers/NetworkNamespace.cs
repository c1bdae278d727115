using System.Diagnostics;
using System.Globalization;

namespace Godwit.Redis.Servers;

/// <summary>A network of its own with one address, joined to this one by a cable, in which a firewall can cut whatever passes.</summary>
/// <remarks>It takes root, and <c>ip</c> and <c>nft</c>; without them the test is skipped. What it makes goes with it.</remarks>
internal sealed class NetworkNamespace : IDisposable
{
    private static int _count;

    private readonly string _name;

    private NetworkNamespace(string name, int network)
    {
        _name = name;
        Outside = string.Create(CultureInfo.InvariantCulture, $"10.213.{network}.1");
        Inside = string.Create(CultureInfo.InvariantCulture, $"10.213.{network}.2");
    }

    /// <summary>The address of what runs in it.</summary>
    public string Inside { get; }

    /// <summary>The address of this machine, as seen from there.</summary>
    public string Outside { get; }

    /// <summary>What a command begins with to run in it.</summary>
    public string[] Within => ["ip", "netns", "exec", _name];

    /// <summary>Makes one, or skips the test where that is not possible.</summary>
    public static NetworkNamespace Create()
    {
        int number = (Environment.ProcessId * 8) + Interlocked.Increment(ref _count);
        var made = new NetworkNamespace(string.Create(CultureInfo.InvariantCulture, $"gw{number % 1_000_000}"), number % 250);
        string near = made._name + "o", far = made._name + "i";
        try
        {
            Run("ip", "netns", "add", made._name);
            Run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", made._name);
            Run("ip", "address", "add", made.Outside + "/24", "dev", near);
            Run("ip", "link", "set", near, "up");
            Run([.. made.Within, "ip", "address", "add", made.Inside + "/24", "dev", far]);
            Run([.. made.Within, "ip", "link", "set", far, "up"]);
            Run([.. made.Within, "ip", "link", "set", "lo", "up"]);
            Run([.. made.Within, "nft", "add", "table", "inet", "cut"]);
            return made;
        }
        catch (InvalidOperationException fault)
        {
            made.Dispose();
            Assert.Skip($"A network namespace needs root, iproute2 and nftables: {fault.Message}");
            throw;
        }
    }

    /// <summary>Drops every packet from now on, both ways and without a word: neither side is told that the other is gone.</summary>
    public void Cut()
    {
        foreach (string hook in (string[])["input", "output"])
        {
            Run([.. Within, "nft", $"add chain inet cut {hook} {{ type filter hook {hook} priority 0; policy drop; }}"]);
        }
    }

    /// <summary>Lets packets pass again.</summary>
    public void Mend()
    {
        Run([.. Within, "nft", "flush", "ruleset"]);
        Run([.. Within, "nft", "add", "table", "inet", "cut"]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Run("ip", "netns", "delete", _name);
        }
        catch (InvalidOperationException)
        {
            // It was not made.
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
                throw new InvalidOperationException($"{string.Join(' ', command)}: {said.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new InvalidOperationException($"{command[0]}: {fault.Message}", fault);
        }
    }
}
