using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Server.Links;
using Godwit.Server.Processes;

namespace Godwit.Server.Tests.Links;

/// <summary>What a link is made of, and that nothing of it stays behind.</summary>
public sealed class LifeTests
{
    [Fact]
    public void EndsReachEachOtherAndNothingElse()
    {
        using PacketLink link = TestLink.Start(LinkConditions.None);
        using var elsewhere = new TcpListener(IPAddress.Loopback, 0);
        elsewhere.Start();

        foreach (LinkEnd end in (LinkEnd[])[link.Client, link.Server])
        {
            using Socket socket = end.OpenSocket();
            Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => socket.Connect(elsewhere.LocalEndpoint)).SocketErrorCode);
            using Socket other = end.OpenSocket();
            Assert.Equal(SocketError.NetworkUnreachable, Assert.Throws<SocketException>(() => other.Connect(IPAddress.Parse("192.0.2.1"), 80)).SocketErrorCode);
        }

        Assert.NotEqual(Identity(link.Client.Network), Identity(link.Server.Network));
        Assert.Equal(Identity(link.Client.Network), link.Client.Run(static () => Identity("/proc/thread-self/ns/net")));
        Assert.NotEmpty(link.Server.CongestionControl);
    }

    [Fact]
    public async Task ProcessIsStartedAtAnEnd()
    {
        using PacketLink link = TestLink.Start(LinkConditions.None);
        using Process process = link.Server.Start(new ProcessStartInfo("readlink", ["/proc/self/ns/net"]) { RedirectStandardOutput = true });
        Assert.Equal(Identity(link.Server.Network), (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
    }

    [Fact]
    public async Task ServerAtOneEndAnswersAClientAtTheOther()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using PacketLink link = TestLink.Start(LinkConditions.None);
        await using ServerProcess server = ServerProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "Godwit.Server"),
            ["serve", "--listen", $"http://{link.Server.Address}:0", "--allow-anonymous"],
            new Dictionary<string, string>(),
            link.Server);
        Assert.True(await server.GreetedAsync(TestLink.Patience, cancel), server.Said);

        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, token) =>
            {
                Socket socket = link.Client.OpenSocket();
                await socket.ConnectAsync(IPEndPoint.Parse($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}"), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        long before = link.Up.Seen;
        Assert.Contains("\"entries\"", await client.GetStringAsync(new Uri(server.Addresses[0], "/rt/rooms/lobby"), cancel).WaitAsync(TestLink.Patience, cancel), StringComparison.Ordinal);
        Assert.True(link.Up.Seen > before);
    }

    [Fact]
    public async Task LinksThatAreThereTogetherDoNotMeet()
    {
        using PacketLink one = TestLink.Start(LinkConditions.None);
        using PacketLink another = TestLink.Start(new LinkConditions { Loss = 1 });
        using var flow = new DatagramFlow(one);
        using var lost = new DatagramFlow(another);

        Assert.Equal([], await lost.ExchangeAsync(10));
        Assert.Equal(Enumerable.Range(0, 10), await flow.ExchangeAsync(10));
    }

    [Fact]
    public async Task LinkThatEndsLeavesNothingBehind()
    {
        string[] networks;
        int devices;
        Process process;
        using (PacketLink link = TestLink.Start(LinkConditions.None))
        {
            networks = [Identity(link.Client.Network), Identity(link.Server.Network)];
            process = link.Server.Start(new ProcessStartInfo("sleep", ["1000"]));
            devices = Devices(link);
            Assert.Equal(2, devices);
            Assert.All(networks, static network => Assert.True(IsInhabited(network)));
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestLink.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, process.ExitCode);
        process.Dispose();
        await TestLink.UntilAsync(() => !networks.Any(IsInhabited), "the networks to be empty");
    }

    [Fact]
    public async Task ProgramThatIsKilledLeavesNothingBehind()
    {
        TestLink.Start(LinkConditions.None).Dispose();
        using Process program = Process.Start(new ProcessStartInfo(LinkAside.Program, [LinkAside.Verb]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            string? said = await program.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestLink.Patience, TestContext.Current.CancellationToken);
            string[] words = said!.Split(' ');
            string[] networks = [Identity(words[0]), Identity(words[1])];
            int[] processes = [int.Parse(words[2], CultureInfo.InvariantCulture), int.Parse(words[3], CultureInfo.InvariantCulture)];
            await TestLink.UntilAsync(() => processes.All(static id => File.ReadAllText($"/proc/{id}/comm").Trim() == "sleep"), "the processes to be what they were started for");
            Assert.All(networks, static network => Assert.True(IsInhabited(network)));

            program.Kill();
            await program.WaitForExitAsync(TestContext.Current.CancellationToken);
            await TestLink.UntilAsync(() => !networks.Any(IsInhabited), "the networks to be empty");
            await TestLink.UntilAsync(() => !processes.Any(static id => Directory.Exists($"/proc/{id}")), "the processes to be gone");
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task LinkWhoseDeviceIsTakenAwaySaysSo()
    {
        Docs.Terminal.SkipUnlessPresent("ip");
        using PacketLink link = TestLink.Start(LinkConditions.None);
        using var flow = new DatagramFlow(link, LinkDirection.Down);
        using (Process process = link.Client.Start(new ProcessStartInfo("ip", ["link", "delete", TunnelDevice.Name])))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }

        flow.Send(1);
        await TestLink.UntilAsync(() => HasFailed(() => link.Up) && HasFailed(() => link.Down), "both directions to fail");

        static bool HasFailed(Func<LinkCounters> counters) =>
            Record.Exception(() => counters()) is { } fault && Assert.IsType<LinkException>(fault).Message.StartsWith("a TUN device of the link is gone", StringComparison.Ordinal);
    }

    [Fact]
    public void LinkThatHasEndedIsNotUsedAnyMore()
    {
        PacketLink link = TestLink.Start(LinkConditions.None);
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(() => link.Client.OpenSocket());
    }

    private static string Identity(string network) => new FileInfo(network).LinkTarget!;

    // The descriptors of this program that are TUN devices of a link.
    private static int Devices(PacketLink link) => ((LinkEnd[])[link.Client, link.Server]).Count(static end => new FileInfo($"/proc/self/fd/{end.Device.Descriptor}").LinkTarget == TunnelDevice.Path);

    private static bool IsInhabited(string network) =>
        Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(folder[^1]))
            .SelectMany(static folder => Threads(folder)).Any(thread => NetworkOf(thread) == network);

    private static IEnumerable<string> Threads(string process)
    {
        try
        {
            return Directory.GetDirectories(process + "/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string? NetworkOf(string thread)
    {
        try
        {
            return new FileInfo(thread + "/ns/net").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
