using System.Net;
using System.Net.Sockets;
using Godwit.Protocol;
using Godwit.Sessions.Signalling;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Peers;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>Which offers are answered, with which candidates, and what is made for those that are not: nothing.</summary>
public sealed class PeerServerTests
{
    private static readonly string Offer = OfferText.Compose(Godwit.WebRtc.Ice.IceCredentials.Make(), new byte[32]);

    [Fact]
    public void Without_a_port_a_local_request_is_answered_at_the_loopback_address_and_no_socket_is_there_before()
    {
        using var scene = new ServerScene();
        Assert.Empty(scene.Server.EndPoints);
        OfferOutcome outcome = scene.Answer(Offer);
        IPEndPoint at = Assert.Single(scene.Server.EndPoints);
        Assert.Equal(IPAddress.Loopback, at.Address);
        Assert.Equal([at], AnswerText.Parse(outcome.Answer!).Candidates);
    }

    [Fact]
    public void Without_a_port_a_request_from_elsewhere_is_told_of_the_setting()
    {
        using var scene = new ServerScene();
        OfferOutcome outcome = scene.Answer(Offer, IPAddress.Parse("192.168.0.4"), isLocal: false);
        Assert.Equal((null, ErrorCode.WebRtcUnconfigured), (outcome.Answer, outcome.Code));
        Assert.Contains("webrtc.port", outcome.Detail, StringComparison.Ordinal);
        Assert.Equal(0, scene.Server.Peers.Count);
        Assert.Empty(scene.Server.EndPoints);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("203.0.113.9", false)]
    public void Addresses_that_are_set_are_told_to_everyone(string client, bool isLocal)
    {
        int port = FreePort();
        using var scene = new ServerScene(options: new WebRtcOptions { Port = port, Addresses = [IPAddress.Parse("198.51.100.1"), IPAddress.Parse("2001:db8::1")] });
        scene.Server.Open();
        OfferOutcome outcome = scene.Answer(Offer, IPAddress.Parse(client), isLocal);
        Assert.Equal([new IPEndPoint(IPAddress.Parse("198.51.100.1"), port), new IPEndPoint(IPAddress.Parse("2001:db8::1"), port)], AnswerText.Parse(outcome.Answer!).Candidates);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1 10.0.0.5 192.0.2.1", "127.0.0.1 10.0.0.5 192.0.2.1")]
    [InlineData("10.0.0.9", "127.0.0.1 10.0.0.5 192.0.2.1", "10.0.0.5 192.0.2.1")]
    [InlineData("100.64.3.4", "127.0.0.1 10.0.0.5", "10.0.0.5")]
    [InlineData("::ffff:10.0.0.9", "127.0.0.1 10.0.0.5", "10.0.0.5")]
    [InlineData("fd00::9", "127.0.0.1 10.0.0.5 2001:db8::1", "10.0.0.5 2001:db8::1")]
    [InlineData("203.0.113.9", "127.0.0.1 10.0.0.5 192.0.2.1", "192.0.2.1")]
    [InlineData("203.0.113.9", "127.0.0.1 10.0.0.5 fd00::1 172.31.0.1", "")]
    [InlineData("10.0.0.9", "127.0.0.1 ::1", "")]
    public void A_client_is_told_the_addresses_that_it_reaches_and_where_there_is_none_the_setting(string client, string bound, string told)
    {
        IReadOnlyList<IPEndPoint> chosen = PeerServer.Choose([.. bound.Split(' ').Select(static address => new IPEndPoint(IPAddress.Parse(address), 3478))], 3478, [], IPAddress.Parse(client), out string? why);
        Assert.Equal(told, string.Join(' ', chosen.Select(static at => at.Address.ToString())));
        Assert.Equal(told.Length == 0, why?.Contains("webrtc.addresses", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void A_client_behind_a_proxy_that_does_not_say_whose_request_it_is_is_not_told_private_addresses(string? seen)
    {
        using var scene = new ServerScene(options: new WebRtcOptions { Port = FreePort() });
        scene.Server.Open();
        OfferOutcome outcome = scene.Server.Answer(new PeerOffer(1, System.Text.Encoding.UTF8.GetBytes(Offer), Godwit.Access.Caller.Nobody, null, seen is null ? null : IPAddress.Parse(seen), false, static () => { }));
        if (outcome.Answer is null)
        {
            Assert.Equal(ErrorCode.WebRtcUnconfigured, outcome.Code);
            Assert.Contains("webrtc.addresses", outcome.Detail, StringComparison.Ordinal);
            return;
        }

        // Where the machine has public addresses itself.
        Assert.All(AnswerText.Parse(outcome.Answer).Candidates, static at => Assert.Equal(Godwit.WebRtc.Udp.AddressReach.Public, Godwit.WebRtc.Udp.AddressReaches.Of(at.Address)));
    }

    [Fact]
    public async Task A_client_is_answered_from_the_address_that_it_asks_whichever_of_the_machine_it_is()
    {
        using var scene = new ServerScene(options: new WebRtcOptions { Port = FreePort() });
        scene.Server.Open();
        Assert.Contains(scene.Server.EndPoints, static at => at.Address.Equals(IPAddress.Loopback));
        foreach (IPEndPoint at in scene.Server.EndPoints.Take(4))
        {
            await using var client = new ClientPeer(at.Address);
            Peer peer = await scene.ConnectAsync(client);
            Assert.Equal(at, client.Server);
            await ServerScene.EchoAsync(client, [1]);
            peer.End(PeerEnd.Removed);
        }
    }

    [Fact]
    public void A_port_that_is_in_use_is_known_at_the_start()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var scene = new ServerScene(options: new WebRtcOptions { Port = ((IPEndPoint)other.LocalEndPoint!).Port });
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(scene.Server.Open).SocketErrorCode);
    }

    [Fact]
    public void An_offer_that_is_refused_leaves_nothing()
    {
        using var scene = new ServerScene();
        OfferOutcome malformed = scene.Answer("v=0\r\nnonsense\r\n");
        Assert.Equal((ErrorCode.SdpInvalid, 2), (malformed.Code, malformed.Line));
        Assert.Equal(ErrorCode.SdpUnusable, scene.Answer("v=0\r\n").Code);
        Assert.Equal((0, 0), (scene.Server.Peers.Count, scene.Server.Deadlines.Count));
    }

    [Fact]
    public void Whoever_is_revoked_meanwhile_has_no_peer()
    {
        using var scene = new ServerScene { IsRevoked = true };
        scene.Answer(Offer);
        Assert.Equal((0, 1), (scene.Server.Peers.Count, scene.Ends));
    }

    [Fact]
    public void A_server_that_stops_ends_its_peers_and_takes_no_more()
    {
        var scene = new ServerScene();
        scene.Answer(Offer);
        Peer peer = scene.Single();
        scene.Dispose();
        Assert.Equal(PeerEnd.Stopped, peer.Ended);
        Assert.Equal(1, scene.Ends);
    }

    [Fact]
    public async Task A_connected_peer_whose_checks_stay_away_is_sent_nothing_more()
    {
        var time = new FakeTimeProvider();
        using var scene = new ServerScene(time);
        await using var client = new ClientPeer();
        Peer peer = await scene.ConnectAsync(client);
        await ServerScene.EchoAsync(client, [1]);
        time.Advance(TimeSpan.FromMilliseconds(Peer.ConsentLife / 2));
        await client.CheckAsync();
        time.Advance(TimeSpan.FromMilliseconds(Peer.ConsentLife - 1));
        Assert.Null(peer.Ended);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PeerEnd.ConsentLost, peer.Ended);
        Assert.False(client.Closed.Task.IsCompleted);
    }

    /// <remarks>Not of the range that the system gives to sockets of other tests.</remarks>
    private static int FreePort()
    {
        for (int port = Random.Shared.Next(20_000, 30_000); ; port++)
        {
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                probe.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }
    }
}
