using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Data channels in an application of somebody else, by public members.</summary>
public sealed class EmbeddedDataChannelTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_carries_sessions_over_the_port_that_it_chose()
    {
        int port = FreePort.Udp();
        await using WebApplication application = Build(options =>
        {
            options.Port = port;
            options.Addresses = [IPAddress.Loopback];
        });
        await application.StartAsync(Cancel);
        using var http = new HttpClient();
        await using var peer = new ClientPeer();
        using HttpResponseMessage answer = await http.PostAsync(new Uri(Address(application), "rt/session"), new StringContent(peer.Offer, Encoding.UTF8, "application/sdp"), Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        string sdp = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains($" 127.0.0.1 {port} typ host", sdp, StringComparison.Ordinal);
        await peer.ConnectAsync(sdp).WaitAsync(Limit, Cancel);
        await using var client = new ChannelClient(peer);
        await client.Connected.WaitAsync(Limit, Cancel);
        client.Send(client.Open(PeerSession.Reliable), """{"op":"hello"}""");
        Assert.Contains("\"op\":\"welcome\"", await client.ReadLineAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_another_has_ends_the_start_and_is_named()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Any, 0));
        int port = ((IPEndPoint)other.LocalEndPoint!).Port;
        await using WebApplication application = Build(options => options.Port = port);
        IOException fault = await Assert.ThrowsAsync<IOException>(() => application.StartAsync(Cancel));
        Assert.Contains($"UDP port {port}", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    public void A_port_that_there_is_not_is_refused(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection().UseDataChannels(options => options.Port = port));

    private static WebApplication Build(Action<WebRtcOptions> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddGodwit();
        builder.Services.UseDataChannels(configure);
        WebApplication application = builder.Build();
        application.UseRouting();
        application.MapGodwit();
        return application;
    }

    private static Uri Address(WebApplication application) =>
        new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
