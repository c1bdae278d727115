using System.Diagnostics;
using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>Where there can be no link it is said what is missing, in a line. A process tries it without that.</summary>
public sealed class AbsenceTests
{
    [Fact]
    public Task WithoutRootItIsRefused() =>
        RefusedAsync(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"], "this takes root, for network namespaces and TUN devices: run the command with sudo");

    [Fact]
    public Task WithoutTheDeviceItIsRefused() =>
        RefusedAsync(["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$0\" \"$@\""], "/dev/net/tun is missing; load the module (modprobe tun), or, in a container, start it with --device /dev/net/tun");

    [Fact]
    public Task WhereTheDeviceIsNotOneItIsRefused() =>
        RefusedAsync(
            ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /dev/net && mknod /dev/net/tun c 10 1000 && exec \"$0\" \"$@\""],
            "/dev/net/tun cannot be opened (No such device); load the module tun, or, in a container, start it with --device /dev/net/tun");

    [Fact]
    public Task WithoutTheRightToNetworksItIsRefused() =>
        RefusedAsync(
            ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"],
            "network namespaces are not allowed here (unshare: Operation not permitted); in a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN");

    [Fact]
    public Task WithoutTheRightToDevicesItIsRefused() =>
        RefusedAsync(
            ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"],
            "a TUN device cannot be made (TUNSETIFF: Operation not permitted); in a container, start it with --cap-add NET_ADMIN");

    [Fact]
    public Task WithoutTheLauncherItIsRefused() =>
        RefusedAsync(["env", "PATH=/nowhere"], "setpriv is missing (Debian: apt-get install util-linux)");

    private static async Task RefusedAsync(string[] without, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Taking something away from a process takes root on Linux.");
        Assert.SkipWhen(PacketLink.Absence is not null, $"A packet link: {PacketLink.Absence}.");
        using Process process = Process.Start(new ProcessStartInfo(without[0], [.. without[1..], LinkAside.Program, LinkAside.Verb]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TestLink.Patience, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((reason, LinkAside.Absent), (said.Trim() + await errors, process.ExitCode));
    }
}
