using Godwit.WebRtc.Dtls;

namespace Godwit.WebRtc.Tests.Dtls;

/// <summary>What is kept from BouncyCastle, which makes room for whatever a piece of a message announces.</summary>
public sealed class HandshakeTransportTests
{
    private readonly HandshakeTransport _transport = new(static _ => { });

    [Theory]
    [InlineData(100, 0, 100, true)]
    [InlineData(16 << 10, 0, 50, true)]
    [InlineData(16 << 10, (16 << 10) - 50, 50, true)]
    [InlineData((16 << 10) + 1, 0, 50, false)]
    [InlineData(0xFFFFFF, 0, 0, false)]
    [InlineData(100, 60, 50, false)]
    [InlineData(0xFFFFFF, 0xFFFFFF, 0, false)]
    public void A_piece_of_a_message_is_taken_if_it_fits_and_its_message_is_of_16_KiB_at_most(int length, int offset, int piece, bool isTaken) =>
        Assert.Equal(isTaken, _transport.Add(Record(0, Message(length, offset, piece))));

    [Fact]
    public void One_message_that_announces_too_much_loses_the_datagram_wherever_it_stands_in_it()
    {
        byte[] good = Message(40, 0, 40);
        byte[] bad = Message(0xFFFFFF, 0, 0);
        Assert.True(_transport.Add([.. Record(0, [.. good, .. good]), .. Record(0, good)]));
        Assert.False(_transport.Add(Record(0, [.. good, .. bad])));
        Assert.False(_transport.Add([.. Record(0, good), .. Record(0, bad)]));
    }

    [Fact]
    public void What_is_no_whole_record_of_a_version_that_is_spoken_is_not_left_to_another_reader()
    {
        byte[] record = Record(0, Message(0xFFFFFF, 0, 0));
        record[2] = 0xFC;
        Assert.False(_transport.Add(record));
        Assert.False(_transport.Add([.. Record(0, Message(40, 0, 40)), 22]));
        Assert.False(_transport.Add(Record(0, [1, 0, 0])));
    }

    [Fact]
    public void Records_under_keys_are_taken_as_they_are() => Assert.True(_transport.Add(Record(1, [.. Enumerable.Repeat((byte)0xFF, 48)])));

    [Fact]
    public void What_comes_under_keys_or_changes_them_waits_for_the_CertificateVerify_of_a_client()
    {
        var server = new HandshakeTransport(static _ => { }, new HandshakeVerification());
        byte[] change = [20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1];
        byte[] finished = Record(1, new byte[40]);
        byte[] certificate = Record(0, Message(40, 0, 40));
        byte[] first = Record(0, Verify(80, 0, 50));
        byte[] second = Record(0, Verify(80, 50, 30));
        Assert.True(server.Add(finished) && server.Add(change) && server.Add(second) && server.Add(second) && server.Add(certificate));
        Assert.Equal([second, second, certificate], Read(server));
        Assert.True(server.Add(first));
        Assert.Equal([first, finished, change], Read(server));
        Assert.True(server.Add(finished));
        Assert.Equal([finished], Read(server));
    }

    [Fact]
    public void What_waits_for_a_CertificateVerify_leaves_it_a_place_and_stays_in_its_order_in_one_datagram()
    {
        var server = new HandshakeTransport(static _ => { }, new HandshakeVerification());
        byte[] finished = Record(1, new byte[40]);
        bool[] kept = [.. Enumerable.Range(0, 20).Select(_ => server.Add([.. finished]))];
        Assert.Equal(4, kept.Count(static one => one));
        byte[] flight = [.. Record(0, Message(40, 0, 40)), .. Record(0, Verify(80, 0, 80)), 20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1, .. finished];
        Assert.True(server.Add(flight));
        Assert.Equal([flight, finished, finished, finished, finished], Read(server));
    }

    private static List<byte[]> Read(HandshakeTransport transport)
    {
        var read = new List<byte[]>();
        byte[] buffer = new byte[2048];
        for (int length; (length = transport.Receive(buffer, 0)) >= 0;)
        {
            read.Add(buffer[..length]);
        }

        return read;
    }

    private static byte[] Verify(int length, int offset, int piece)
    {
        byte[] message = Message(length, offset, piece);
        message[0] = 15;
        return message;
    }

    private static byte[] Message(int length, int offset, int piece) =>
        [11, .. Octets(length), 0, 3, .. Octets(offset), .. Octets(piece), .. new byte[piece]];

    private static byte[] Octets(int value) => [(byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] Record(byte epoch, byte[] content) =>
        [22, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 7, (byte)(content.Length >> 8), (byte)content.Length, .. content];
}
