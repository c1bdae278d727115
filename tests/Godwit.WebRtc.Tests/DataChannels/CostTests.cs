using Godwit.Feeds.Tails;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Tests.Peers;
using Godwit.WebRtc.Transport;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>What is measured of the whole process is measured alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What channels cost: nothing for a small message, little while they are idle.</summary>
[Collection(nameof(Alone))]
public sealed class CostTests
{
    public static TheoryData<bool, bool> Kinds => new() { { false, false }, { true, false }, { false, true }, { true, true } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_small_message_allocates_nothing_at_either_end(bool isLossy, bool sendsNow)
    {
        var pair = new QuietPair();
        DataChannel channel = pair.Open(isLossy ? new DeliveryTerms(isUnordered: true, mostRetransmissions: 0) : default);
        byte[] message = new byte[128];
        for (int round = 0; round < 600; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int at = 0; at < 4; at++)
            {
                Assert.True(sendsNow
                    ? channel.TrySendNow(MessageKind.Binary, message, pair.Now)
                    : channel.Send(MessageKind.Binary, message, pair.Now) == SendResult.Sent);
            }

            pair.Exchange();
            if (round > 300)
            {
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }

        Assert.Equal(2400, pair.Other.Received);
    }

    [Fact]
    public void A_newest_entry_that_an_outlet_sends_over_the_lossy_channel_allocates_nothing()
    {
        using var scene = new PeerScene();
        var pair = new QuietPair();
        DataChannel reliable = pair.Open(default, "reliable");
        var outlet = new ChannelOutlet(scene.Add(1 << 18), pair.One.Endpoint, reliable, static () => { });
        outlet.Use(pair.Open(new DeliveryTerms(isUnordered: true, mostRetransmissions: 0), "lossy"));
        byte[] frames = [.. Enumerable.Repeat((byte)'x', 199), (byte)'\n', .. Enumerable.Repeat((byte)'y', 199), (byte)'\n'];
        int[] ends = [200, 400];
        for (int round = 0; round < 600; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(outlet.SendLatest(new FrameRange(frames, ends, 0, 2)) == 2);
            pair.Exchange();
            if (round > 300)
            {
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }

        Assert.Equal(1200, pair.Other.Received);
    }

    [Fact]
    public void Pieces_losses_and_reordering_allocate_nothing_either_once_their_buffers_are_there()
    {
        var pair = new QuietPair { LosesEvery = 9 };
        DataChannel channel = pair.Open(default);
        byte[] message = new byte[5000];
        long allocated = 0;
        for (int round = 0; round < 600; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            channel.Send(MessageKind.Binary, message, pair.Now);
            pair.Exchange();
            allocated += round > 300 ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
        }

        Assert.True(pair.Other.Received > 590);

        // What is not pooled by the pools themselves now and then; not something for each message.
        Assert.InRange(allocated, 0, 300 * 24);
    }

    [Fact]
    public void An_idle_association_with_two_channels_holds_little()
    {
        const int count = 1000;
        var options = new ChannelOptions { CommonTexts = ["reliable", "lossy", ""] };
        QuietPair Make()
        {
            var pair = new QuietPair(options);
            DataChannel reliable = pair.Open(default, "reliable");
            pair.Open(new DeliveryTerms(isUnordered: true, mostRetransmissions: 0), "lossy");
            for (int at = 0; at < 20; at++)
            {
                reliable.Send(MessageKind.Binary, new byte[2000], pair.Now);
            }

            pair.Exchange();
            pair.PassIdle();
            return pair;
        }

        Make();
        var kept = new ChannelEndpoint[count];
        long before = GC.GetTotalMemory(true);
        for (int at = 0; at < count; at++)
        {
            // Of each pair only the end that answered is kept, as in a server.
            kept[at] = Make().Other.Endpoint;
        }

        long each = (GC.GetTotalMemory(true) - before) / count;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} octets for an idle association with two channels.");
        GC.KeepAlive(kept);
        Assert.InRange(each, 0, 1400);
    }

    /// <summary>Two endpoints whose packets are carried without allocating.</summary>
    private sealed class QuietPair
    {
        private readonly byte[][] _packets = [.. Enumerable.Range(0, 256).Select(static _ => new byte[1200])];
        private readonly int[] _lengths = new int[256];
        private readonly End[] _to = new End[256];
        private int _read;
        private int _written;
        private int _carried;

        public QuietPair(ChannelOptions? options = null)
        {
            One = new End(this, true, options ?? new ChannelOptions());
            Other = new End(this, false, options ?? new ChannelOptions());
            One.Endpoint.Connect(Now);
            Exchange();
        }

        public End One { get; }

        public End Other { get; private set; }

        public int LosesEvery { get; init; }

        public long Now { get; private set; } = 1000;

        public DataChannel Open(DeliveryTerms terms, string label = "test")
        {
            DataChannel channel = One.Endpoint.Open(label, "", terms, Now)!;
            Exchange();
            Assert.Equal(ChannelState.Open, channel.State);
            return channel;
        }

        public void Exchange()
        {
            for (int quiet = 0; quiet < 120; quiet++)
            {
                while (_read != _written)
                {
                    int at = _read++ & 255;
                    _to[at].Endpoint.Receive(_packets[at].AsSpan(0, _lengths[at]), Now);
                    quiet = 0;
                }

                Now += 2;
                One.Endpoint.OnDeadline(Now);
                Other.Endpoint.OnDeadline(Now);
            }
        }

        public void PassIdle()
        {
            for (int at = 0; at < 70; at++)
            {
                Now += 1000;
                Exchange();
            }

            // The pair is not to be held by the end that is kept.
            Other.Pair = null;
        }

        private void Carry(End from, ReadOnlySpan<byte> packet)
        {
            if (LosesEvery > 0 && ++_carried % LosesEvery == 0)
            {
                return;
            }

            int at = _written++ & 255;
            packet.CopyTo(_packets[at]);
            _lengths[at] = packet.Length;
            _to[at] = from == One ? Other : One;
        }

        public sealed class End : IChannelHandler
        {
            public End(QuietPair pair, bool isDtlsClient, ChannelOptions options)
            {
                Pair = pair;
                Endpoint = new ChannelEndpoint(options, this, isDtlsClient);
            }

            public QuietPair? Pair { get; set; }

            public ChannelEndpoint Endpoint { get; }

            public int Received { get; private set; }

            void IChannelHandler.Send(ReadOnlySpan<byte> packet) => Pair!.Carry(this, packet);

            void IChannelHandler.OnConnected()
            {
            }

            void IChannelHandler.OnChannelOpened(DataChannel channel)
            {
            }

            void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => Received++;

            void IChannelHandler.OnMaySend(DataChannel channel)
            {
            }

            void IChannelHandler.OnBufferedLow(DataChannel channel)
            {
            }

            void IChannelHandler.OnChannelClosed(DataChannel channel)
            {
            }

            void IChannelHandler.OnEnded(AssociationEnd end)
            {
            }
        }
    }
}
