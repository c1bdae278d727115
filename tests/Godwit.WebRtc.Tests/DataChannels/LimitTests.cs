using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;
using Godwit.WebRtc.Tests.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>What a peer may open, name and fill, and what happens when it does more.</summary>
public sealed class LimitTests
{
    private static readonly ChannelOptions Few = new() { MostChannels = 3 };

    [Fact]
    public void A_channel_more_than_there_may_be_is_closed_and_the_others_go_on()
    {
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(1), new ChannelOptions(), Few);
        DataChannel[] channels = [.. Enumerable.Range(0, 5).Select(at => link.One.Open($"{at}"))];
        link.RunUntil(() => channels.Count(static channel => channel.State == ChannelState.Closed) == 2);
        Assert.Equal([ChannelState.Open, ChannelState.Open, ChannelState.Open], channels[..3].Select(static channel => channel.State));
        Assert.Equal(3, link.Other.Opened.Count);
        channels[0].Send(MessageKind.Text, "x"u8, link.Now);
        link.RunUntil(() => link.Other.Messages.Count == 1);
        Assert.Null(link.One.Ended);
        channels[1].Close(link.Now);
        link.RunUntil(() => channels[1].State == ChannelState.Closed);
        Assert.NotNull(link.One.Open("place again"));
        link.RunUntil(() => link.Other.Opened.Count == 4);
    }

    [Fact]
    public void This_end_opens_no_more_than_there_may_be()
    {
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(1), Few);
        Assert.NotNull(link.One.Open("1"));
        Assert.NotNull(link.One.Open("2"));
        Assert.NotNull(link.One.Open("3"));
        Assert.Null(link.One.Open("4"));
        Assert.Throws<ArgumentException>(() => link.One.Open("5", new DeliveryTerms(mostRetransmissions: 1, lifetime: 1)));
    }

    [Fact]
    public void A_peer_that_opens_channel_after_channel_against_that_is_aborted()
    {
        ScriptedEndpoint scripted = new(Few);
        for (ushort at = 0; at < 2 * 20 && scripted.Ended is null; at += 2)
        {
            scripted.Open(at, "x");
        }

        Assert.Equal(AssociationEndKind.Aborted, scripted.Ended?.Kind);
        Assert.Equal(3, scripted.Opened.Count);
    }

    public static TheoryData<string, byte[]> Refused => new()
    {
        { "a number of this end's", [] },
        { "a label that is too long", ScriptedEndpoint.OpenMessage(new string('x', 257)) },
        { "a protocol that is too long", ScriptedEndpoint.OpenMessage("x", new string('x', 257)) },
        { "a label that is not UTF-8", RawChunk.Join([3, 0, 1, 0], new byte[4], [0, 1, 0, 0, 0xFF]) },
        { "an unknown type", RawChunk.Join([3, 5, 1, 0], new byte[4], [0, 1, 0, 0, 65]) },
        { "a length that lies", RawChunk.Join([3, 0, 1, 0], new byte[4], [0, 9, 0, 0, 65]) },
        { "no more than a type", [3] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_channel_that_cannot_be_is_closed(string what, byte[] message)
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        ushort stream = what.StartsWith("a number", StringComparison.Ordinal) ? (ushort)5 : (ushort)4;
        scripted.Give(stream, 0, message.Length == 0 ? ScriptedEndpoint.OpenMessage("x") : message, 50);
        RawChunk reset = Assert.Single(scripted.SentChunks, static chunk => chunk.Kind == ChunkType.ReConfig);
        Assert.Equal((13, stream), (reset.Half(0), reset.Half(16)));
        Assert.Empty(scripted.Opened);
        Assert.Null(scripted.Ended);
    }

    [Fact]
    public void A_number_of_this_end_is_taken_where_that_is_said()
    {
        ScriptedEndpoint scripted = new(new ChannelOptions { TakesAnyNumber = true });
        scripted.Open(5, "x");
        Assert.Equal(5, Assert.Single(scripted.Opened).Id);
    }

    [Fact]
    public void A_channel_that_is_opened_twice_is_closed()
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        scripted.Open(4, "x");
        RawChunk ack = Assert.Single(scripted.SentChunks, static chunk => chunk.Kind == ChunkType.Payload);
        Assert.Equal((4, 50u), (ack.Half(4), ack.Word(8)));
        Assert.Equal([2], ack.Payload.ToArray());
        scripted.Open(4, "y", sequence: 1);
        Assert.Equal(4, Assert.Single(scripted.SentChunks, static chunk => chunk.Kind == ChunkType.ReConfig).Half(16));
    }

    [Theory]
    [InlineData(50u, 9)]
    [InlineData(99u, 1)]
    [InlineData(52u, 1)]
    public void A_channel_with_a_message_of_an_unknown_kind_is_closed(uint protocol, int first)
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        scripted.Open(4, "x");
        _ = scripted.SentChunks;
        scripted.Give(4, 1, [(byte)first], protocol);
        Assert.Equal(4, Assert.Single(scripted.SentChunks, static chunk => chunk.Kind == ChunkType.ReConfig).Half(16));
        Assert.Empty(scripted.Messages);
    }

    [Fact]
    public void A_message_on_a_stream_without_a_channel_is_dropped()
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        scripted.Give(6, 0, [1, 2, 3], 53);
        Assert.Empty(scripted.Messages);
        Assert.Null(scripted.Ended);
    }

    [Fact]
    public void A_message_on_a_channel_that_was_not_answered_says_that_it_is_open()
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        DataChannel channel = scripted.Endpoint.Open("own", "", new DeliveryTerms(isUnordered: true), scripted.Now)!;
        channel.Send(MessageKind.Text, "ordered until then"u8, scripted.Now);
        Assert.All(scripted.SentChunks, static chunk => Assert.Equal(0, chunk.Flags & 4));
        scripted.Give(1, 0, [65], 51, flags: 7);
        Assert.Equal(ChannelState.Open, channel.State);
        Assert.Same(channel, Assert.Single(scripted.Opened));
        Assert.Single(scripted.Messages);
        channel.Send(MessageKind.Text, "unordered now"u8, scripted.Now);
        Assert.Equal(4, scripted.SentChunks[^1].Flags & 4);
    }

    [Fact]
    public void A_message_larger_than_the_other_end_takes_is_not_sent()
    {
        ScriptedEndpoint scripted = new(new ChannelOptions());
        DataChannel channel = scripted.Endpoint.Open("own", "", default, scripted.Now)!;
        Assert.Equal(65536, scripted.Endpoint.PeerLargestMessage);
        Assert.Equal(SendResult.TooLarge, channel.Send(MessageKind.Binary, new byte[65537], scripted.Now));
        Assert.False(channel.TrySendNow(MessageKind.Binary, new byte[65537], scripted.Now));
        Assert.Equal(SendResult.Sent, channel.Send(MessageKind.Binary, new byte[65536], scripted.Now));
    }

    [Fact]
    public void What_waits_to_be_sent_is_bounded_and_who_was_told_so_is_told_when_it_is_low()
    {
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(2), new ChannelOptions { Sctp = new SctpOptions { SendBuffer = 50_000 } });
        (DataChannel near, _) = ScheduleTests.Open(link, default);
        int low = 0;
        link.One.OnBufferedLowDo = _ => low++;
        int sent = 0;
        while (near.Send(MessageKind.Binary, new byte[1000], link.Now) == SendResult.Sent)
        {
            sent++;
        }

        Assert.Equal(50_000 / 1064, sent);
        Assert.Equal(0, low);
        link.RunUntil(() => link.Other.Messages.Count == sent);
        link.Run(1000);
        Assert.Equal(1, low);
    }

    [Fact]
    public void An_end_that_takes_nothing_costs_no_more_than_its_buffer()
    {
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(2));
        (DataChannel near, _) = ScheduleTests.Open(link, default);
        link.IsDown = true;
        for (int at = 0; at < 5000; at++)
        {
            near.Send(MessageKind.Binary, new byte[1000], link.Now);
            Assert.True(link.One.Endpoint.Association.Buffered <= new SctpOptions().SendBuffer);
        }

        link.RunUntil(() => link.One.Ended is not null);
        Assert.Equal(AssociationEndKind.Unreachable, link.One.Ended?.Kind);
        Assert.Equal(0, link.One.Endpoint.Association.Buffered);
        Assert.Equal(ChannelState.Closed, near.State);
    }

    /// <summary>An endpoint with an association whose other end is a test.</summary>
    private sealed class ScriptedEndpoint : IChannelHandler
    {
        private readonly List<RawPacket> _sent = [];
        private readonly uint _tag;
        private uint _tsn = 5000;

        public ScriptedEndpoint(ChannelOptions options)
        {
            Endpoint = new ChannelEndpoint(options, this, isDtlsClient: false);
            Endpoint.Receive(new RawPacket(0, [RawChunk.Init(ScriptedAssociation.PeerTag, 5000, 1_000_000)]).ToArray(), Now);
            RawChunk answer = SentChunks[0];
            _tag = answer.Word(0);
            Endpoint.Receive(new RawPacket(_tag, [ScriptedAssociation.Cookie(answer)]).ToArray(), Now);
            _sent.Clear();
        }

        public ChannelEndpoint Endpoint { get; }

        public long Now { get; } = 1_000_000;

        public List<DataChannel> Opened { get; } = [];

        public List<byte[]> Messages { get; } = [];

        public AssociationEnd? Ended { get; private set; }

        public RawChunk[] SentChunks
        {
            get
            {
                RawChunk[] chunks = [.. _sent.SelectMany(static packet => packet.Chunks)];
                _sent.Clear();
                return chunks;
            }
        }

        public static byte[] OpenMessage(string label, string protocol = "")
        {
            byte[] message = new byte[ChannelOpen.LengthFor(label, protocol)];
            ChannelOpen.Write(message, default, label, protocol);
            return message;
        }

        public void Open(ushort stream, string label, ushort sequence = 0) => Give(stream, sequence, OpenMessage(label), 50);

        public void Give(ushort stream, ushort sequence, byte[] message, uint protocol, byte flags = 3) =>
            Endpoint.Receive(new RawPacket(_tag, [RawChunk.Payloads(_tsn++, message, stream, sequence, flags, protocol)]).ToArray(), Now);

        void IChannelHandler.Send(ReadOnlySpan<byte> packet) => _sent.Add(RawPacket.Read(packet));

        void IChannelHandler.OnConnected()
        {
        }

        void IChannelHandler.OnChannelOpened(DataChannel channel) => Opened.Add(channel);

        void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => Messages.Add(message.ToArray());

        void IChannelHandler.OnMaySend(DataChannel channel)
        {
        }

        void IChannelHandler.OnBufferedLow(DataChannel channel)
        {
        }

        void IChannelHandler.OnChannelClosed(DataChannel channel)
        {
        }

        void IChannelHandler.OnEnded(AssociationEnd end) => Ended = end;
    }
}
