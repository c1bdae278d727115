using System.Net;
using System.Net.Sockets;
using Godwit.Bench.Measure;

namespace Godwit.Bench.Tests;

/// <summary>A server is only quiet when nothing waits for it.</summary>
public sealed class UnreadInputTests
{
    [Fact]
    public async Task What_was_sent_counts_until_it_is_read_and_who_connects_until_accepted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bench reads the kernel's accounts of Linux and runs only there.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.False(UnreadInput.IsAt(port));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        Assert.True(UnreadInput.IsAt(port));

        using Socket server = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.False(UnreadInput.IsAt(port));

        await client.GetStream().WriteAsync("abc"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(UnreadInput.IsAt(port));
        Assert.False(UnreadInput.IsAt(port == 1 ? 2 : 1));

        await server.ReceiveAsync(new byte[3], TestContext.Current.CancellationToken);
        Assert.False(UnreadInput.IsAt(port));
    }
}
