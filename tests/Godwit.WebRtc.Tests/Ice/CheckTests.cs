using System.Buffers.Binary;
using System.Net;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Tests.Peers;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Tests.Ice;

/// <summary>What checks prove, and what becomes of peers whose checks stay away.</summary>
public sealed class CheckTests : IDisposable
{
    private static readonly IPEndPoint Home = IPEndPoint.Parse("192.0.2.7:4000");
    private static readonly IPEndPoint Away = IPEndPoint.Parse("198.51.100.9:5000");

    private readonly PeerScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void A_genuine_check_is_answered_with_the_address_that_it_came_from()
    {
        Peer peer = _scene.Add();
        byte[] check = CheckText.For(peer);
        _scene.Receive([.. check], Home);

        (byte[] answer, IPEndPoint to) = Assert.Single(_scene.Socket.Take());
        Assert.Equal(Home, to);
        Assert.True(StunMessage.TryRead(answer, out StunMessage message));
        Assert.Equal(StunMessage.BindingSuccess, message.Type);
        Assert.Equal(check[8..20], message.TransactionId.ToArray());
        Assert.True(StunIntegrity.IsGenuine(message, peer.Credentials.PasswordOctets));
        Assert.True(StunIntegrity.HasRightFingerprint(message));
        Assert.True(message.TryFind(StunAttribute.XorMappedAddress, out ReadOnlySpan<byte> mapped));
        Assert.Equal(4000, BinaryPrimitives.ReadUInt16BigEndian(mapped[2..]) ^ 0x2112);
        Assert.Equal([192 ^ 0x21, 0 ^ 0x12, 2 ^ 0xA4, 7 ^ 0x42], mapped[4..].ToArray());
    }

    [Fact]
    public void A_check_of_IPv6_is_answered_as_well()
    {
        Peer peer = _scene.Add();
        var from = IPEndPoint.Parse("[2001:db8::7]:4000");
        _scene.Demux.OnDatagram(_scene.Socket, CheckText.For(peer), from.Serialize());
        Assert.Equal(1, _scene.All.Table.AddressCount);
        Assert.Equal(from.ToString(), peer.Address.ToString());
    }

    public static TheoryData<string> Bogus => ["password", "fragment", "their fragment", "no integrity", "indication", "fingerprint", "answer"];

    [Theory]
    [MemberData(nameof(Bogus))]
    public void A_check_that_is_not_genuine_is_not_answered_and_proves_nothing(string kind)
    {
        Peer peer = _scene.Add();
        byte[] check = kind switch
        {
            "password" => CheckText.For(peer, password: new string('x', 24)),
            "fragment" => CheckText.For(peer, user: $"{IceCredentials.Make().Fragment}:abcd"),
            "their fragment" => CheckText.For(peer, user: $"{peer.Credentials.Fragment}:abce"),
            _ => CheckText.For(peer),
        };
        switch (kind)
        {
            case "no integrity":
                var writer = new StunWriter(check, StunMessage.BindingRequest, check.AsSpan(8, 12).ToArray());
                writer.Add(StunAttribute.Username, System.Text.Encoding.ASCII.GetBytes($"{peer.Credentials.Fragment}:abcd"));
                check = check[..writer.Length];
                break;
            case "indication":
                check[1] = 0x11;
                break;
            case "answer":
                check[0] = 1;
                break;
            case "fingerprint":
                check[^1] ^= 1;
                break;
        }

        _scene.Receive(check, Home);
        Assert.Empty(_scene.Socket.Take());
        Assert.Null(peer.Address);
        Assert.Equal(0, _scene.All.Table.AddressCount);
    }

    [Fact]
    public void A_client_that_wants_to_be_controlled_is_told_of_the_conflict_and_its_address_is_not_proven()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer, isControlled: true), Home);
        AssertError(487, Assert.Single(_scene.Socket.Take()).Datagram, peer);
        Assert.Equal(0, _scene.All.Table.AddressCount);
    }

    [Fact]
    public void A_check_with_an_attribute_that_must_be_understood_and_is_not_is_refused_by_its_type()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer, further: 0x7ABC), Home);
        byte[] answer = Assert.Single(_scene.Socket.Take()).Datagram;
        AssertError(420, answer, peer);
        Assert.True(StunMessage.TryRead(answer, out StunMessage message));
        Assert.True(message.TryFind(StunAttribute.UnknownAttributes, out ReadOnlySpan<byte> unknown));
        Assert.Equal([0x7A, 0xBC], unknown.ToArray());
        Assert.Equal(0, _scene.All.Table.AddressCount);
    }

    [Fact]
    public void A_check_with_an_attribute_that_need_not_be_understood_is_taken()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer, further: 0xC057), Home);
        Assert.Equal(1, _scene.All.Table.AddressCount);
    }

    [Fact]
    public void The_address_that_the_client_nominates_is_sent_to()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer), Home);
        _scene.Receive(CheckText.For(peer), Away);
        Assert.Equal(Home.ToString(), peer.Address.ToString());
        _scene.Receive(CheckText.For(peer, nominates: true), Away);
        Assert.Equal(Away.ToString(), peer.Address.ToString());
    }

    [Fact]
    public void A_client_whose_address_changes_is_sent_to_at_the_new_one_without_another_nomination()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer, nominates: true), Home);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(CheckedPaths.Quiet));
        _scene.Receive(CheckText.For(peer), Away);
        Assert.Equal(Away.ToString(), peer.Address.ToString());
    }

    [Fact]
    public void A_peer_ends_when_no_check_has_come_for_the_time_of_consent()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer), Home);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(Peer.ConsentLife - 1));
        _scene.Receive(CheckText.For(peer, password: new string('x', 24)), Home);
        Assert.Null(peer.Ended);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PeerEnd.ConsentLost, peer.Ended);
        Assert.Equal((0, 0, 1), (_scene.All.Table.Count, _scene.All.Table.AddressCount, _scene.Ends));
    }

    [Fact]
    public void A_peer_that_checks_but_does_not_connect_ends()
    {
        Peer peer = _scene.Add();
        for (long at = 0; at < Peer.ConnectLimit; at += 5_000)
        {
            Assert.Null(peer.Ended);
            _scene.Receive(CheckText.For(peer), Home);
            _scene.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(PeerEnd.HandshakeFailed, peer.Ended);
    }

    [Fact]
    public void An_answer_that_nobody_uses_is_forgotten_and_its_checks_are_not_answered_any_more()
    {
        Peer peer = _scene.Add();
        _scene.Time.Advance(TimeSpan.FromMilliseconds(Peer.AnswerLife - 1));
        Assert.Null(peer.Ended);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PeerEnd.Unused, peer.Ended);
        Assert.Equal((0, 1), (_scene.All.Table.Count, _scene.Ends));
        _scene.Receive(CheckText.For(peer), Home);
        Assert.Empty(_scene.Socket.Take());
    }

    [Fact]
    public void A_peer_has_eight_addresses_and_a_ninth_takes_the_place_of_the_oldest_that_is_not_sent_to()
    {
        Peer peer = _scene.Add();
        for (int i = 0; i < CheckedPaths.Most + 3; i++)
        {
            _scene.Receive(CheckText.For(peer), new IPEndPoint(Home.Address, 4000 + i));
        }

        Assert.Equal(CheckedPaths.Most, peer.PathCount);
        Assert.Equal(CheckedPaths.Most, _scene.All.Table.AddressCount);
        Assert.Equal(Home.ToString(), peer.Address.ToString());
    }

    [Fact]
    public void An_address_that_is_quiet_is_whoever_proves_it_next_and_stays_so_when_the_other_ends()
    {
        Peer first = _scene.Add();
        Peer second = _scene.Add();
        _scene.Receive(CheckText.For(first), Home);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(CheckedPaths.Quiet));
        _scene.Receive(CheckText.For(second), Home);
        Assert.Equal(second, Owner(Home));
        first.End(PeerEnd.Removed);
        Assert.Equal(second, Owner(Home));
    }

    [Fact]
    public void An_address_whose_peer_checks_is_not_given_to_another_whose_check_says_that_it_comes_from_there()
    {
        Peer first = _scene.Add();
        Peer second = _scene.Add();
        _scene.Receive(CheckText.For(first), Home);
        _scene.Receive(CheckText.For(second), Away);
        _scene.Socket.Take();
        for (int i = 0; i < 3; i++)
        {
            _scene.Time.Advance(TimeSpan.FromMilliseconds(CheckedPaths.Quiet / 2));
            _scene.Receive(CheckText.For(second, nominates: true), Home);
            Assert.Empty(_scene.Socket.Take());
            Assert.Equal(first, Owner(Home));
            Assert.Equal(Away.ToString(), second.Address.ToString());
            _scene.Receive(CheckText.For(first), Home);
            _scene.Receive(CheckText.For(second), Away);
            _scene.Socket.Take();
        }
    }

    [Fact]
    public void Only_checks_from_where_the_peer_is_sent_to_are_consent()
    {
        Peer peer = _scene.Add();
        _scene.Receive(CheckText.For(peer, nominates: true), Home);
        long at = CheckedPaths.Quiet - 1;
        _scene.Time.Advance(TimeSpan.FromMilliseconds(at));
        _scene.Receive(CheckText.For(peer), Away);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(Peer.ConsentLife - at));
        Assert.Equal(PeerEnd.ConsentLost, peer.Ended);
    }

    private Peer? Owner(IPEndPoint address) => _scene.All.Table.TryFind(UdpAddress.Of(address.Serialize(), _scene.Socket.Number), out Peer? peer) ? peer : null;

    private static void AssertError(int code, byte[] answer, Peer peer)
    {
        Assert.True(StunMessage.TryRead(answer, out StunMessage message));
        Assert.Equal(StunMessage.BindingError, message.Type);
        Assert.True(StunIntegrity.IsGenuine(message, peer.Credentials.PasswordOctets));
        Assert.True(message.TryFind(StunAttribute.ErrorCode, out ReadOnlySpan<byte> error));
        Assert.Equal(code, (error[2] * 100) + error[3]);
    }
}
