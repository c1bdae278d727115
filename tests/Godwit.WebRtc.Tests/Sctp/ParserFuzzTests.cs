using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;
using Godwit.WebRtc.Tests.DataChannels;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>Whatever a peer sends, nothing throws, hangs, or holds more than it may.</summary>
public sealed class ParserFuzzTests
{
    private static readonly ChannelOptions Options = new()
    {
        MostChannels = 4,
        Sctp = new SctpOptions { ReceiveBuffer = 20_000, LargestMessage = 8000, SendBuffer = 20_000, OrderedStreams = 16, FirstTsn = 1000 },
    };

    private static readonly byte[] Types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 130, 192, 15, 64, 128, 193];

    // Small numbers near the peer's TSN, lengths that lie, and anything.
    private static readonly Gen<byte[]> Bodies = Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.Select(Gen.UInt[4990, 5030], Gen.UInt[0, 70_000], Gen.Byte.Array[0, 40], static (tsn, word, rest) => RawChunk.Join(RawChunk.Words(tsn, word), rest)),
        Gen.Select(Gen.UInt[990, 1030], Gen.UInt[0, 70_000], Gen.UShort[0, 5], Gen.UShort[0, 9].Array[0, 20], static (tsn, word, count, rest) => RawChunk.Join(RawChunk.Words(tsn, word), RawChunk.Halves(count, 0), RawChunk.Halves(rest))),
        Gen.Select(Gen.UInt[5000, 5020], Gen.UShort[0, 6], Gen.UShort[0, 4], Gen.OneOf(50u, 51u, 53u, 56u, 57u, 99u), Gen.OneOf(Gen.Byte.Array[0, 30], OpenMessages()),
            static (tsn, stream, sequence, protocol, payload) => RawChunk.Join(RawChunk.Words(tsn), RawChunk.Halves(stream, sequence), RawChunk.Words(protocol), payload)),
        Gen.Select(Gen.OneOf<ushort>(13, 14, 15, 16, 17, 18, 7, 0xC000), Gen.UInt[4998, 5004], Gen.UInt[990, 1005], Gen.UShort[0, 6].Array[0, 12],
            static (kind, one, two, rest) => RawChunk.Parameter(kind, RawChunk.Join(RawChunk.Words(one, two), RawChunk.Halves(rest)))));

    private static readonly Gen<RawChunk> Chunks = Gen.Select(Gen.OneOf(Types), Gen.OneOf(Gen.Byte, Gen.Byte[0, 15]), Bodies, static (type, flags, body) => new RawChunk(type, flags, body));

    private static readonly Gen<(RawChunk[] Chunks, int Cut, int Length, int Wait)[]> Packets =
        Gen.Select(Chunks.Array[1, 5], Gen.Int[0, 200], Gen.Int[0, 2000], Gen.Int[0, 3000], static (chunks, cut, length, wait) => (chunks, cut, length, wait)).Array[1, 40];

    [Fact]
    public void Random_octets_with_a_right_checksum_do_no_harm() => Gen.Byte.Array[0, 400].Array[1, 20].Sample(packets =>
    {
        var peer = new LonePeer(Options);
        foreach (byte[] packet in packets)
        {
            peer.Endpoint.Receive(packet, peer.Now);
            if (packet.Length >= 12)
            {
                RawPacket.Seal(packet);
                peer.Endpoint.Receive(packet, peer.Now);
            }
        }

        Assert.Equal(AssociationState.Closed, peer.Endpoint.Association.State);
    });

    [Fact]
    public void Chunks_of_any_kind_in_any_order_do_no_harm_and_hold_no_more_than_they_may() => Gen.Select(Packets, Gen.Int[0, 6]).Sample((packets, state) =>
    {
        LonePeer peer = LonePeer.In(Options, state);
        foreach ((RawChunk[] chunks, int cut, int length, int wait) in packets)
        {
            byte[] packet = new RawPacket(chunks[0].Type == 1 ? 0 : peer.OwnTag, chunks).ToArray();
            if (cut < 20)
            {
                packet = packet[..Math.Max(12, packet.Length - cut)];
            }

            if (length < packet.Length - 12)
            {
                packet[12 + length] ^= (byte)(1 << (cut % 8));
            }

            RawPacket.Seal(packet);
            peer.Receive(packet);
            peer.Pass(wait);
        }
    }, iter: 3000);

    [Fact]
    public void Packets_of_a_real_exchange_with_anything_changed_do_no_harm() =>
        Gen.Select(Gen.ULong, Gen.Select(Gen.Int[0, 60], Gen.Int[0, 1200], Gen.Byte, Gen.Int[0, 3]).Array[1, 30]).Sample((seed, changes) =>
        {
            int packet = 0;
            SimulatedLink link = null!;
            var one = new SimulatedPeer(true, Options);
            var other = new SimulatedPeer(false, Options);
            link = new SimulatedLink(new LinkWeather(seed, LossPercent: 5, DuplicatePercent: 5, Jitter: 20), one, other)
            {
                Drops = (_, content) =>
                {
                    foreach ((int at, int where, byte value, int how) in changes)
                    {
                        if (at == packet && 12 + where < content.Length)
                        {
                            content[12 + where] = how == 0 ? value : (byte)(content[12 + where] ^ (1 << (value % 8)));
                            RawPacket.Seal(content);
                        }
                    }

                    packet++;
                    return false;
                },
            };
            one.Endpoint.Connect(link.Now);
            DataChannel? channel = one.Endpoint.Open("a", "", new DeliveryTerms(seed % 2 == 0), link.Now);
            other.Endpoint.Open("b", "", new DeliveryTerms(mostRetransmissions: 1), link.Now);
            for (int at = 0; at < 20; at++)
            {
                channel?.Send(MessageKind.Binary, new byte[at * 150], link.Now);
                link.Run(30);
            }

            channel?.Close(link.Now);
            link.Run(60_000);
            Assert.True(one.Endpoint.Association.Held <= 2 * Options.Sctp.ReceiveBuffer && other.Endpoint.Association.Held <= 2 * Options.Sctp.ReceiveBuffer);
        }, iter: 400);

    [Fact]
    public void A_DCEP_message_is_read_or_not_and_what_is_read_is_what_was_written() =>
        Gen.OneOf(Gen.Byte.Array[0, 80], OpenMessages()).Sample(message =>
        {
            if (!ChannelOpen.TryRead(message, out ChannelOpen open))
            {
                return;
            }

            string label = System.Text.Encoding.UTF8.GetString(open.Label);
            string protocol = System.Text.Encoding.UTF8.GetString(open.Protocol);
            byte[] written = new byte[ChannelOpen.LengthFor(label, protocol)];
            ChannelOpen.Write(written, open.Terms, label, protocol);
            Assert.True(ChannelOpen.TryRead(written, out ChannelOpen again));
            Assert.Equal(open.Terms, again.Terms);
            Assert.True(open.Label.SequenceEqual(again.Label) && open.Protocol.SequenceEqual(again.Protocol));
        });

    [Fact]
    public void A_packet_that_is_not_taken_allocates_nothing()
    {
        LonePeer peer = LonePeer.In(Options, 0);
        LonePeer there = LonePeer.In(Options, 2);
        byte[][] packets =
        [
            new byte[1200],
            new RawPacket(1, [RawChunk.Payloads(5000, "x")]).ToArray(),
            new RawPacket(0, [RawChunk.Init(7, 7)]).ToArray(),
            new RawPacket(3, [RawChunk.Of(ChunkType.CookieEcho, new byte[StateCookie.Length])]).ToArray(),
            new RawPacket(there.OwnTag, [RawChunk.Payloads(9_000_000, "beyond")]).ToArray(),
        ];
        for (int round = 0; round < 200; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] packet in packets)
            {
                peer.Endpoint.Receive(packet, peer.Now);
                there.Endpoint.Receive(packet, there.Now);
            }

            if (round > 100)
            {
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    private static Gen<byte[]> OpenMessages() =>
        Gen.Select(Gen.OneOf<byte>(0, 1, 2, 3, 0x80, 0x81, 0x82, 0xFF), Gen.UInt, Gen.UShort[0, 6], Gen.UShort[0, 6], Gen.Byte[32, 200].Array[0, 12],
            static (type, bound, label, protocol, text) => RawChunk.Join([3, type, 1, 0], RawChunk.Words(bound), RawChunk.Halves(label, protocol), text));
}
