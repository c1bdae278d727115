using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;
using Godwit.WebRtc.Tests.DataChannels;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>What packets cost that change nothing. Alone, because the pools of buffers are the whole process's.</summary>
[Collection(nameof(Alone))]
public sealed class UntakenPacketTests
{
    [Fact]
    public void A_packet_that_is_not_taken_allocates_nothing()
    {
        LonePeer peer = LonePeer.In(new ChannelOptions(), 0);
        LonePeer there = LonePeer.In(new ChannelOptions(), 2);
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
}
