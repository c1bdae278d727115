using System.Buffers.Binary;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Tests.Peers;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Tests.Dtls;

/// <summary>Handshakes with a client of our own, over real sockets.</summary>
public sealed class HandshakeTests : IAsyncLifetime
{
    private readonly ServerScene _scene = new();
    private readonly ClientPeer _client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _scene.Dispose();
    }

    [Fact]
    public async Task A_client_whose_certificate_is_that_of_its_offer_is_connected_and_content_goes_both_ways()
    {
        await _scene.ConnectAsync(_client);
        await ServerScene.EchoAsync(_client, [1, 2, 3]);
        await ServerScene.EchoAsync(_client, new byte[1200]);
    }

    [Fact]
    public async Task A_client_with_another_certificate_than_it_offered_is_refused()
    {
        _client.Shown = DtlsIdentity.Make(TimeProvider.System);
        await AssertRefusedAsync(AlertDescription.bad_certificate);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused()
    {
        _client.Shown = null;
        await AssertRefusedAsync(AlertDescription.handshake_failure);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(0, 2, 1)]
    [InlineData(2, 2, 0, 1, 1, 0)]
    public async Task A_ClientHello_in_several_datagrams_is_understood_in_whatever_order_they_come(params int[] order)
    {
        _client.Padding = 1500;
        _client.Outgoing = datagram => IsClientHello(datagram) ? Reorder(Split(datagram, order.Max() + 1), order) : [datagram];
        await _scene.ConnectAsync(_client);
        await ServerScene.EchoAsync(_client, [1]);

        static IEnumerable<byte[]> Reorder(byte[][] pieces, int[] order) => order.Select(at => pieces[at]);
    }

    [Fact]
    public async Task A_piece_of_a_ClientHello_that_is_lost_comes_again_with_the_next_one()
    {
        _client.Padding = 1500;
        int hellos = 0;
        _client.Outgoing = datagram => !IsClientHello(datagram) ? [datagram] : hellos++ == 0 ? Split(datagram, 3)[1..] : Split(datagram, 3).Reverse();
        await _scene.ConnectAsync(_client);
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Fact]
    public async Task A_handshake_whose_datagrams_overtake_each_other_comes_to_its_end()
    {
        // Each second one takes the place of the one before it; what is left over goes with the repetition.
        byte[]? held = null;
        _client.Outgoing = datagram =>
        {
            if (held is not { } first)
            {
                held = datagram;
                return [];
            }

            held = null;
            return [datagram, first];
        };
        await _scene.ConnectAsync(_client);
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(15)]
    public async Task A_message_that_is_lost_before_the_change_of_keys_comes_again(int type)
    {
        bool isLost = false;
        _client.Outgoing = datagram =>
        {
            if (isLost || datagram[0] != DtlsRecord.Handshake || datagram[DtlsRecord.HeaderLength] != type)
            {
                return [datagram];
            }

            isLost = true;
            return [];
        };
        await _scene.ConnectAsync(_client);
        Assert.True(isLost);
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Fact]
    public async Task A_handshake_goes_on_over_datagrams_that_are_lost_and_doubled()
    {
        int sent = 0;
        _client.Outgoing = datagram => (++sent % 3) switch { 0 => [], 1 => [datagram, datagram], _ => [datagram] };
        int came = 0;
        _client.Loses = _ => ++came % 4 == 1;
        await _scene.ConnectAsync(_client);
        _client.Loses = static _ => false;
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Fact]
    public async Task The_servers_last_flight_is_sent_again_when_the_client_asks_for_it()
    {
        // ChangeCipherSpec and Finished, once each: then the server has nothing more to wait for, and the client asks.
        string answer = _scene.Answer(_client.Offer).Answer!;
        int lost = 0;
        _client.Loses = datagram => (datagram[0] == DtlsRecord.ChangeCipherSpec || BinaryPrimitives.ReadUInt16BigEndian(datagram.AsSpan(3)) == 1) && lost++ < 2;
        await _client.ConnectAsync(answer).WaitAsync(ServerScene.Limit, Cancel);
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Fact]
    public async Task DTLS_from_an_address_that_no_check_has_proven_is_not_read()
    {
        _client.Take(_scene.Answer(_client.Offer).Answer!);
        Peer peer = _scene.Single();
        Task handshake = _client.HandshakeAsync();

        // The client begins again every 300 ms. Once the address is proven the very same ClientHello is read.
        int sent = 0;
        _client.Outgoing = datagram =>
        {
            sent++;
            return [datagram];
        };
        await ServerScene.UntilAsync(() => sent >= 2);
        Assert.False(handshake.IsCompleted);
        Assert.Null(peer.Address);
        await _client.CheckAsync();
        await handshake.WaitAsync(ServerScene.Limit, Cancel);
        await ServerScene.EchoAsync(_client, [1]);
    }

    [Fact]
    public async Task A_client_that_closes_ends_its_peer()
    {
        Peer peer = await _scene.ConnectAsync(_client);
        _client.SendClose();
        await ServerScene.UntilAsync(() => _scene.Ends == 1);
        Assert.Equal((PeerEnd.ClosedByClient, 0, 0), (peer.Ended, _scene.Server.Peers.Count, _scene.Server.Peers.AddressCount));
    }

    [Fact]
    public async Task A_peer_that_is_removed_tells_its_client()
    {
        Peer peer = await _scene.ConnectAsync(_client);
        Assert.True(_scene.Server.TryEnd(peer.Id));
        await _client.Closed.Task.WaitAsync(ServerScene.Limit, Cancel);
        Assert.False(_scene.Server.TryEnd(peer.Id));
    }

    [Fact]
    public async Task A_client_behind_a_NAT_that_gives_it_another_port_goes_on_after_a_check()
    {
        await _scene.ConnectAsync(_client);
        await _client.MoveAsync();
        await _client.CheckAsync();
        await ServerScene.EchoAsync(_client, [7]);
    }

    [Fact]
    public async Task The_records_are_those_of_BouncyCastle()
    {
        // The other side is not ours here: BouncyCastle's record layer goes on after its own handshake.
        _client.Take(_scene.Answer(_client.Offer).Answer!);
        Peer peer = _scene.Single();
        await _client.CheckAsync();
        using var link = new BouncyCastleLink(_client);
        await Task.Factory.StartNew(link.Connect, TaskCreationOptions.LongRunning).WaitAsync(ServerScene.Limit, Cancel);
        await ServerScene.UntilAsync(() => peer.IsConnected);
        byte[] content = [9, 8, 7];
        byte[] back = await Task.Factory.StartNew(() => link.Echo(content), TaskCreationOptions.LongRunning).WaitAsync(ServerScene.Limit, Cancel);
        Assert.Equal(content, back);
    }

    private async Task AssertRefusedAsync(short alert)
    {
        string answer = _scene.Answer(_client.Offer).Answer!;
        Peer peer = _scene.Single();
        await Assert.ThrowsAnyAsync<Exception>(() => _client.ConnectAsync(answer).WaitAsync(ServerScene.Limit, Cancel));
        await ServerScene.UntilAsync(() => _scene.Ends == 1);
        Assert.Equal((PeerEnd.HandshakeFailed, alert), (peer.Ended, _client.Alert));
        Assert.Equal(0, _scene.Server.Peers.Count);
    }

    private static bool IsClientHello(byte[] datagram)
    {
        Span<byte> left = datagram;
        return DtlsRecord.TryTake(ref left, out DtlsRecord record) && record.IsClientHello;
    }

    /// <summary>Cuts a ClientHello into fragments, each in a record and a datagram of its own.</summary>
    private static byte[][] Split(byte[] datagram, int pieces)
    {
        byte[] whole = datagram[DtlsRecord.HeaderLength..];
        int offset = (whole[6] << 16) | (whole[7] << 8) | whole[8];
        byte[] body = whole[12..];
        int length = (body.Length + pieces - 1) / pieces;
        var datagrams = new List<byte[]>();
        for (int at = 0; at < body.Length; at += length)
        {
            byte[] piece = body[at..Math.Min(body.Length, at + length)];
            byte[] made = new byte[13 + 12 + piece.Length];
            datagram.AsSpan(0, 13).CopyTo(made);

            // Each record needs a number of its own, or it counts as come before.
            BinaryPrimitives.WriteUInt16BigEndian(made.AsSpan(9), (ushort)((BinaryPrimitives.ReadUInt16BigEndian(datagram.AsSpan(9)) * 16) + at / length));
            BinaryPrimitives.WriteUInt16BigEndian(made.AsSpan(11), (ushort)(12 + piece.Length));
            whole.AsSpan(0, 6).CopyTo(made.AsSpan(13));
            Write24(made.AsSpan(19), offset + at);
            Write24(made.AsSpan(22), piece.Length);
            piece.CopyTo(made.AsSpan(25));
            datagrams.Add(made);
        }

        return [.. datagrams];

        static void Write24(Span<byte> to, int value)
        {
            to[0] = (byte)(value >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(to[1..], (ushort)value);
        }
    }
}
