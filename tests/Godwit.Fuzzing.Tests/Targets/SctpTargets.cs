using System.Buffers.Binary;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What an SCTP peer sends in an association: a number of packets, each with its length before it.</summary>
public class SctpTargets
{
    private static readonly ChannelOptions Options = new()
    {
        MostChannels = 4,
        Sctp = new SctpOptions { ReceiveBuffer = 8192, LargestMessage = 4096, SendBuffer = 8192, OrderedStreams = 16, FirstTsn = 1000 },
    };

    private static readonly byte[] Open = [3, 0x81, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, (byte)'x'];

    private static readonly byte[][] Seeds =
    [
        Packets([Payload(5000, 2, 0, 50, 3, Open), Payload(5001, 2, 1, 51, 3, [65])], [Chunk(3, 0, Words(1002, 60_000, 0))]),
        Packets([Payload(5000, 0, 0, 53, 2, new byte[40])], [Payload(5002, 0, 0, 53, 1, new byte[40])], [Payload(5001, 0, 0, 53, 0, new byte[40])]),
        Packets([Payload(5001, 0, 1, 51, 3, [65]), Payload(5003, 0, 0, 51, 7, [66])], [Chunk(192, 0, Words(5002, 0))], [Chunk(3, 0, Words(999, 60_000, 0x0001_0000, 0x0002_0003))]),
        Packets([Payload(5000, 2, 0, 50, 3, Open)], [Chunk(130, 0, [0, 13, 0, 18, .. Words(5000, 0, 5000), 0, 2, 0, 0])], [Chunk(130, 0, [0, 16, 0, 12, .. Words(1000, 1)])], [Payload(5001, 2, 0, 50, 3, Open)]),
        Packets([Chunk(4, 0, [0, 1, 0, 8, 1, 2, 3, 4])], [Chunk(9, 0, [0, 3, 0, 8, 0, 0, 0, 1])], [Chunk(7, 0, Words(999))], [Chunk(14, 0, [])]),
        Packets([Chunk(1, 0, Words(7, 60_000, 0x000A_000A, 5000, 0xC000_0004))], [Chunk(10, 0, new byte[StateCookie.Length])], [Chunk(6, 0, [0, 12, 0, 4])]),
    ];

    private static readonly byte[][] Dictionary =
    [
        .. Seeds, .. Tokens.Common, Words(5000), Words(5001), Words(5002), Words(1000), Words(1003), Words(999), Words(4999), Words(0x7FFF_FFFF), Words(0xFFFF_FFFF),
        Words(50), Words(51), Words(56), Words(57), Open, [2], [0, 2], [0, 4], [0, 13, 0, 16], [0, 16, 0, 12], [1, 0], [0x40, 0, 0, 4], [0xC1, 0, 0, 4],
    ];

    [Fact]
    public void Whatever_a_peer_sends_the_association_goes_on_or_ends_and_holds_no_more_than_it_may() => Campaign.Run("sctp", Seeds, Dictionary, static (input, random) =>
    {
        var peer = new Peer(random.OneIn(3));
        var allowance = Allowance.Begin();
        int packets = 0;
        for (ReadOnlySpan<byte> rest = input; rest.Length > 2; packets++)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Length - 2);
            peer.Give(rest.Slice(2, length));
            rest = rest[(2 + length)..];
        }

        // Buffers are of at least 256 octets each, and rings grow with the TSNs that a chunk may name.
        allowance.Check(input.Length, 64, (packets * 2048) + (512 << 10));
        return peer.Signature;
    });

    [Fact]
    public void A_message_that_opens_a_channel_is_read_as_it_was_written() => Campaign.Run("dcep", [Open, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [2]], Tokens.Common, static (input, _) =>
    {
        var allowance = Allowance.Begin();
        bool isRead = ChannelOpen.TryRead(input, out ChannelOpen open);
        allowance.Check(input.Length, 0);
        if (!isRead)
        {
            return new Signature().With(0);
        }

        Assert.Equal(input.Length, 12 + open.Label.Length + open.Protocol.Length);
        string label = System.Text.Encoding.UTF8.GetString(open.Label);
        byte[] written = new byte[ChannelOpen.LengthFor(label, "")];
        ChannelOpen.Write(written, open.Terms, label, "");
        Assert.True(ChannelOpen.TryRead(written, out ChannelOpen again) && again.Terms == open.Terms && again.Label.SequenceEqual(open.Label));
        return new Signature().With(input[1]).With(open.Label.Length).With(open.Protocol.Length);
    });

    private static byte[] Words(params uint[] words) => [.. words.SelectMany(static word => new[] { (byte)(word >> 24), (byte)(word >> 16), (byte)(word >> 8), (byte)word })];

    private static byte[] Chunk(byte type, byte flags, byte[] body) =>
        [type, flags, (byte)((4 + body.Length) >> 8), (byte)(4 + body.Length), .. body, .. new byte[(4 - (body.Length % 4)) % 4]];

    private static byte[] Payload(uint tsn, ushort stream, ushort sequence, uint protocol, byte flags, byte[] payload) =>
        Chunk(0, flags, [.. Words(tsn, ((uint)stream << 16) | sequence, protocol), .. payload]);

    private static byte[] Packets(params byte[][][] packets) => [.. packets.SelectMany(static chunks =>
    {
        byte[] all = [.. chunks.SelectMany(static chunk => chunk)];
        return (byte[])[(byte)(all.Length >> 8), (byte)all.Length, .. all];
    })];

    /// <summary>An endpoint with an association, and what it does.</summary>
    private sealed class Peer : IChannelHandler
    {
        private readonly ChannelEndpoint _endpoint;
        private readonly byte[] _packet = new byte[65536];
        private readonly uint _tag;
        private byte[] _last = [];
        private long _now = 1000;
        private int _sent;

        public Peer(bool waits)
        {
            _endpoint = new ChannelEndpoint(Options, this, isDtlsClient: false);
            Give(Chunk(1, 0, Words(7, 60_000, 0x000A_000A, 5000, 0xC000_0004, 0x8008_0006, 0x82C0_0000)));
            _tag = BinaryPrimitives.ReadUInt32BigEndian(_last.AsSpan(16));
            int at = _last.Length - StateCookie.Length;
            Give(Chunk(10, 0, _last[at..]));
            Assert.Equal(AssociationState.Established, _endpoint.Association.State);
            if (!waits)
            {
                _endpoint.Open("own", "", default, _now)!.Send(MessageKind.Binary, new byte[3000], _now);
            }

            Signature = new Signature();
        }

        public Signature Signature { get; private set; }

        public void Give(ReadOnlySpan<byte> chunks)
        {
            Span<byte> packet = _packet.AsSpan(0, CommonHeader.Length + chunks.Length);
            chunks.CopyTo(packet[CommonHeader.Length..]);
            new CommonHeader(5000, 5000, chunks.Length > 0 && chunks[0] == 1 ? 0 : _tag).Write(packet);
            CommonHeader.Seal(packet);
            _sent = 0;
            _endpoint.Receive(packet, _now);
            for (int steps = 0; _endpoint.NextDeadline <= _now + 300; steps++)
            {
                Assert.True(steps < 1000, "Deadlines follow each other without end.");
                _now = Math.Max(_now, _endpoint.NextDeadline);
                _endpoint.OnDeadline(_now);
            }

            _now += 300;
            Association association = _endpoint.Association;
            Assert.InRange(association.Held, 0, 2 * Options.Sctp.ReceiveBuffer);
            Assert.InRange(association.Buffered, 0, Options.Sctp.SendBuffer + (16 << 10));
            Assert.True(_endpoint.Channels.Length <= Options.MostChannels && association.Flight >= 0 && _sent < 64);
            Signature = Signature.With((int)association.State).With(_endpoint.Channels.Length).With(association.Held > 0 ? 1 : 0);
        }

        void IChannelHandler.Send(ReadOnlySpan<byte> packet)
        {
            Assert.True(packet.Length <= Options.Sctp.PacketLength && CommonHeader.TryRead(packet, out _));
            _last = _tag == 0 ? packet.ToArray() : _last;
            _sent++;
            var chunks = new FieldReader(packet[CommonHeader.Length..]);
            while (chunks.MoveNext())
            {
                Signature = Signature.With(chunks.Current[0]);
            }

            Assert.False(chunks.IsMalformed);
        }

        void IChannelHandler.OnConnected()
        {
        }

        void IChannelHandler.OnChannelOpened(DataChannel channel) => Signature = Signature.With(1001);

        void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => Signature = Signature.With(1002);

        void IChannelHandler.OnMaySend(DataChannel channel)
        {
        }

        void IChannelHandler.OnBufferedLow(DataChannel channel)
        {
        }

        void IChannelHandler.OnChannelClosed(DataChannel channel) => Signature = Signature.With(1003);

        void IChannelHandler.OnEnded(AssociationEnd end) => Signature = Signature.With((int)end.Kind).With((int)end.Cause);
    }
}
