using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.Interop;

/// <summary>With an implementation of SCTP that others have written.</summary>
public sealed class WeriftTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task It_begins_and_opens_a_channel(int loss)
    {
        using var own = new UdpEndpoint(isDtlsClient: false, loss);
        await using WeriftPeer peer = await WeriftPeer.StartAsync(own.Port);
        own.RunUntil(() => own.Messages.Count == 1, "its greeting");
        Assert.Equal(("from", 0), (Assert.Single(own.Opened).Label, (int)own.Opened[0].Id));
        Assert.Equal("hello"u8.ToArray(), own.Messages[0].Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task This_end_begins_and_messages_of_any_length_come_back_as_they_were(int loss)
    {
        await using WeriftPeer peer = await WeriftPeer.StartAsync();
        using var own = new UdpEndpoint(isDtlsClient: true, loss) { Remote = peer.Address };
        DataChannel channel = own.Endpoint.Open("reliable", "", default, own.Now)!;
        own.Endpoint.Connect(own.Now);
        // What it has lost it sends again after a second at the earliest, so that only little is sent where something is lost.
        int[] lengths = loss == 0 ? [1, 2, 1159, 1160, 1161, 1200, 1201, 20_000, 65_536, 262_144] : [1, 1161, 10_000];
        int many = loss == 0 ? 300 : 40;
        foreach (int length in lengths)
        {
            byte[] message = new byte[length];
            new Random(length).NextBytes(message);
            Assert.Equal(SendResult.Sent, channel.Send(MessageKind.Binary, message, own.Now));
            own.RunUntil(() => own.Messages.Count == Array.IndexOf(lengths, length) + 1, $"{length} octets");
            Assert.True(message.AsSpan().SequenceEqual(own.Messages[^1].Message));
        }

        // Empty ones too, and many in order.
        channel.Send(MessageKind.Text, [], own.Now);
        for (int at = 0; at < many; at++)
        {
            channel.Send(MessageKind.Text, System.Text.Encoding.UTF8.GetBytes($"{at}"), own.Now);
        }

        own.RunUntil(() => own.Messages.Count == lengths.Length + 1 + many, "short messages");
        Assert.Equal((MessageKind.Text, 0), (own.Messages[lengths.Length].Kind, own.Messages[lengths.Length].Message.Length));
        Assert.Equal(Enumerable.Range(0, many).Select(static at => $"{at}"), own.Messages[(lengths.Length + 1)..].Select(static message => System.Text.Encoding.UTF8.GetString(message.Message)));
    }

    [Fact]
    public async Task A_lossy_channel_goes_on_whatever_is_lost_and_nothing_comes_twice()
    {
        await using WeriftPeer peer = await WeriftPeer.StartAsync();
        using var own = new UdpEndpoint(isDtlsClient: true, lossPercent: 20) { Remote = peer.Address };
        DataChannel channel = own.Endpoint.Open("lossy", "", new DeliveryTerms(isUnordered: true, mostRetransmissions: 0), own.Now)!;
        own.Endpoint.Connect(own.Now);
        own.RunUntil(() => channel.State == ChannelState.Open, "the channel");
        int sent = 0;
        long next = own.Now;
        own.RunUntil(
            () =>
            {
                if (own.Now >= next && channel.TrySendNow(MessageKind.Binary, BitConverter.GetBytes(sent), own.Now))
                {
                    sent++;
                    next = own.Now + 5;
                }

                return own.Messages.Count >= 100;
            },
            "100 values");
        int[] got = [.. own.Messages.Select(static message => BitConverter.ToInt32(message.Message))];
        Assert.Equal(got.Distinct().Count(), got.Length);
        Assert.True(sent > 100, "Nothing was lost.");
    }

    [Fact]
    public async Task This_end_closes_a_channel_and_opens_another_with_its_number()
    {
        await using WeriftPeer peer = await WeriftPeer.StartAsync();
        using var own = new UdpEndpoint(isDtlsClient: true, lossPercent: 3) { Remote = peer.Address };
        own.Endpoint.Connect(own.Now);
        for (int at = 0; at < 3; at++)
        {
            DataChannel channel = own.Endpoint.Open($"{at}", "", default, own.Now)!;
            Assert.Equal(0, channel.Id);
            channel.Send(MessageKind.Text, "x"u8, own.Now);
            own.RunUntil(() => own.Messages.Count == at + 1, "its message");
            channel.Close(own.Now);
            own.RunUntil(() => channel.State == ChannelState.Closed, "the end of the channel");
        }

        Assert.Null(own.Ended);
    }

    [Fact]
    public async Task It_answers_when_this_end_shuts_down()
    {
        await using WeriftPeer peer = await WeriftPeer.StartAsync();
        using var own = new UdpEndpoint(isDtlsClient: true, lossPercent: 0) { Remote = peer.Address };
        own.Endpoint.Connect(own.Now);
        own.RunUntil(() => own.IsConnected, "the association");
        own.Endpoint.Shutdown(own.Now);
        own.RunUntil(() => own.Ended is not null, "the end");
        Assert.Equal(AssociationEndKind.Shutdown, own.Ended?.Kind);
    }

    [Fact]
    public async Task It_is_told_when_this_end_aborts()
    {
        await using WeriftPeer peer = await WeriftPeer.StartAsync();
        using var own = new UdpEndpoint(isDtlsClient: true, lossPercent: 0) { Remote = peer.Address };
        own.Endpoint.Connect(own.Now);
        own.RunUntil(() => own.IsConnected, "the association");
        own.Endpoint.Abort(own.Now);
        own.RunUntil(() => peer.Events.Any(static told => told.TryGetProperty("event", out var name) && name.GetString() == "closed"), "the end at the other end");
    }
}
