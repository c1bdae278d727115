using System.Text;
using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>RFC 8831 and RFC 8832 between two ends: opening, what messages are, closing.</summary>
public sealed class ChannelTests
{
    private static readonly LinkWeather Fair = new(1);

    [Theory]
    [InlineData(false, uint.MaxValue, uint.MaxValue)]
    [InlineData(true, uint.MaxValue, uint.MaxValue)]
    [InlineData(false, 0u, uint.MaxValue)]
    [InlineData(true, 5u, uint.MaxValue)]
    [InlineData(false, uint.MaxValue, 0u)]
    [InlineData(true, uint.MaxValue, 700u)]
    public void A_channel_is_the_same_at_both_ends(bool isUnordered, uint times, uint lifetime)
    {
        SimulatedLink link = SimulatedPeer.Connect(Fair);
        var terms = new DeliveryTerms(isUnordered, times, lifetime);
        DataChannel near = link.One.Endpoint.Open("naïve ✓", "proto", terms, link.Now)!;
        Assert.Equal(ChannelState.Opening, near.State);
        link.RunUntil(() => near.State == ChannelState.Open);
        DataChannel far = Assert.Single(link.Other.Opened);
        Assert.Equal((near.Id, near.Label, near.Protocol, near.Terms), (far.Id, far.Label, far.Protocol, far.Terms));
        Assert.Equal(ChannelState.Open, far.State);
        Assert.Same(near, Assert.Single(link.One.Opened));
    }

    [Fact]
    public void The_DTLS_client_uses_even_numbers_and_the_server_odd_ones()
    {
        SimulatedLink link = SimulatedPeer.Connect(Fair);
        Assert.Equal([0, 2], new[] { link.One.Open("a"), link.One.Open("b") }.Select(static channel => (int)channel.Id));
        Assert.Equal([1, 3], new[] { link.Other.Open("c"), link.Other.Open("d") }.Select(static channel => (int)channel.Id));
        link.RunUntil(() => link.One.Opened.Count == 4 && link.Other.Opened.Count == 4);
    }

    [Fact]
    public void A_channel_that_is_opened_before_the_association_waits_for_it_and_so_do_its_messages()
    {
        var link = new SimulatedLink(Fair, new SimulatedPeer(true), new SimulatedPeer(false));
        DataChannel near = link.One.Open("early", new DeliveryTerms(isUnordered: true));
        Assert.Equal(SendResult.Sent, near.Send(MessageKind.Text, "hello"u8, link.Now));
        Assert.Equal(0, link.Packets);
        link.One.Endpoint.Connect(link.Now);
        link.RunUntil(() => link.Other.Messages.Count == 1);
        Assert.Equal("early", Assert.Single(link.Other.Opened).Label);
    }

    [Fact]
    public void Both_ends_may_begin_at_once()
    {
        var link = new SimulatedLink(new LinkWeather(3, LossPercent: 20, Jitter: 30), new SimulatedPeer(true), new SimulatedPeer(false));
        link.One.Endpoint.Connect(link.Now);
        link.Other.Endpoint.Connect(link.Now);
        DataChannel near = link.One.Open("a");
        DataChannel far = link.Other.Open("b");
        near.Send(MessageKind.Text, "from one"u8, link.Now);
        far.Send(MessageKind.Text, "from other"u8, link.Now);
        link.RunUntil(() => link.One.Messages.Count == 1 && link.Other.Messages.Count == 1);
        Assert.Equal((1, 1), (link.One.Connected, link.Other.Connected));
    }

    [Fact]
    public void Messages_of_every_length_and_kind_arrive_as_they_were_also_empty_ones()
    {
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(9, LossPercent: 2), new ChannelOptions { Sctp = new SctpOptions { SendBuffer = 4 << 20 } });
        DataChannel near = link.One.Open("test");
        int[] lengths = [0, 1, 2, 1159, 1160, 1161, 2320, 65_535, 65_536, 262_143, 262_144];
        foreach (int length in lengths)
        {
            byte[] message = new byte[length];
            new Random(length).NextBytes(message);
            Assert.Equal(SendResult.Sent, near.Send(MessageKind.Binary, message, link.Now));
            Assert.Equal(SendResult.Sent, near.Send(MessageKind.Text, message, link.Now));
        }

        link.RunUntil(() => link.Other.Messages.Count == 2 * lengths.Length);
        for (int at = 0; at < lengths.Length; at++)
        {
            byte[] message = new byte[lengths[at]];
            new Random(lengths[at]).NextBytes(message);
            Assert.Equal((MessageKind.Binary, MessageKind.Text), (link.Other.Messages[2 * at].Kind, link.Other.Messages[(2 * at) + 1].Kind));
            Assert.True(message.AsSpan().SequenceEqual(link.Other.Messages[2 * at].Message));
            Assert.True(message.AsSpan().SequenceEqual(link.Other.Messages[(2 * at) + 1].Message));
        }
    }

    [Fact]
    public void Either_end_closes_a_channel_for_both_after_what_was_sent_and_its_number_is_free_again() =>
        Gen.Select(LinkWeather.Any, Gen.Int[0, 20], Gen.Bool, Gen.Int[0, 200]).Sample((weather, messages, byOther, wait) =>
        {
            SimulatedLink link = ScheduleTests.Connect(weather, 3);
            (DataChannel near, DataChannel far) = ScheduleTests.Open(link, default);
            (SimulatedPeer closer, DataChannel closing) = byOther ? (link.Other, far) : (link.One, near);
            SimulatedPeer hearer = byOther ? link.One : link.Other;
            for (int at = 0; at < messages; at++)
            {
                closing.Send(MessageKind.Text, Encoding.UTF8.GetBytes($"{at}"), link.Now);
            }

            link.Run(wait);
            closing.Close(link.Now);
            Assert.Equal(ChannelState.Closing, closing.State);
            Assert.Equal(SendResult.Closed, closing.Send(MessageKind.Text, "late"u8, link.Now));
            Assert.False(closing.TrySendNow(MessageKind.Text, "late"u8, link.Now));
            link.RunUntil(() => near.State == ChannelState.Closed && far.State == ChannelState.Closed);
            Assert.Equal(Enumerable.Range(0, messages).Select(static at => $"{at}"), hearer.Messages.Select(static message => Encoding.UTF8.GetString(message.Message)));
            Assert.Equal((near, far), (Assert.Single(link.One.Closed), Assert.Single(link.Other.Closed)));
            Assert.Equal(0, link.One.Endpoint.Channels.Length + link.Other.Endpoint.Channels.Length);

            DataChannel again = link.One.Open("again");
            Assert.Equal(near.Id, again.Id);
            again.Send(MessageKind.Text, "fresh"u8, link.Now);
            link.RunUntil(() => link.Other.Messages.Any(static message => message.Channel.Label == "again"));
            link.Run(20_000);
            Assert.Equal("fresh"u8.ToArray(), Assert.Single(link.Other.Messages, static message => message.Channel.Label == "again").Message);
            ScheduleTests.AssertNothingIsHeld(link);
        }, iter: 100);

    [Fact]
    public void Both_ends_may_close_a_channel_at_once() => Gen.Select(LinkWeather.Any, Gen.Int[0, 100]).Sample((weather, apart) =>
    {
        SimulatedLink link = ScheduleTests.Connect(weather, 3);
        (DataChannel near, DataChannel far) = ScheduleTests.Open(link, default);
        near.Close(link.Now);
        link.Run(apart);
        far.Close(link.Now);
        link.RunUntil(() => near.State == ChannelState.Closed && far.State == ChannelState.Closed);
        Assert.Equal((1, 1), (link.One.Closed.Count, link.Other.Closed.Count));
    }, iter: 100);

    [Fact]
    public void Channels_that_come_and_go_do_not_disturb_one_that_stays() => LinkWeather.Any.Sample(weather =>
    {
        SimulatedLink link = ScheduleTests.Connect(weather, uint.MaxValue - 20);
        DataChannel stays = link.One.Open("stays");
        for (int at = 0; at < 12; at++)
        {
            stays.Send(MessageKind.Text, Encoding.UTF8.GetBytes($"{at}"), link.Now);
            DataChannel passes = (at % 2 == 0 ? link.One : link.Other).Open($"passes {at}", new DeliveryTerms(at % 3 == 0));
            passes.Send(MessageKind.Text, "x"u8, link.Now);
            passes.Send(MessageKind.Text, "y"u8, link.Now);
            link.Run(at * 40);
            passes.Close(link.Now);
        }

        link.RunUntil(() => link.One.Endpoint.Channels.Length == 1 && link.Other.Endpoint.Channels.Length == 1 && link.Other.MessagesOf(stays).Count() == 12);
        Assert.Equal(Enumerable.Range(0, 12).Select(static at => $"{at}"), link.Other.Messages.Where(static message => message.Channel.Label == "stays").Select(static message => Encoding.UTF8.GetString(message.Message)));
        for (int at = 0; at < 12; at++)
        {
            SimulatedPeer hearer = at % 2 == 0 ? link.Other : link.One;
            Assert.Equal(2, hearer.Messages.Count(message => message.Channel.Label == $"passes {at}"));
        }
    }, iter: 60);

    [Fact]
    public void A_shutdown_ends_both_ends_after_everything_has_arrived() => LinkWeather.Any.Sample(weather =>
    {
        SimulatedLink link = ScheduleTests.Connect(weather, 3);
        (DataChannel near, DataChannel far) = ScheduleTests.Open(link, default);
        near.Send(MessageKind.Binary, new byte[30_000], link.Now);
        far.Send(MessageKind.Binary, new byte[30_000], link.Now);
        link.One.Endpoint.Shutdown(link.Now);
        link.RunUntil(() => link.One.Ended is not null && link.Other.Ended is not null);
        AssociationEndKind[] ends = [link.One.Ended!.Value.Kind, link.Other.Ended!.Value.Kind];
        Assert.Contains(AssociationEndKind.Shutdown, ends);

        // What was under way when one end had ended is of no association there, and is answered with ABORT (RFC 9260, section 8.4), which may come before SHUTDOWN COMPLETE does.
        Assert.All(ends, static end => Assert.True(end is AssociationEndKind.Shutdown or AssociationEndKind.AbortedByPeer, $"{end}"));
        Assert.Equal((1, 1), (link.One.Messages.Count, link.Other.Messages.Count));
        Assert.Equal((ChannelState.Closed, ChannelState.Closed), (near.State, far.State));
    }, iter: 60);

    [Fact]
    public void An_abort_closes_every_channel_at_both_ends()
    {
        SimulatedLink link = SimulatedPeer.Connect(Fair);
        (DataChannel near, DataChannel far) = ScheduleTests.Open(link, default);
        near.Send(MessageKind.Binary, new byte[100_000], link.Now);
        link.Run(50);
        link.One.Endpoint.Abort(link.Now);
        Assert.Equal(AssociationEndKind.Aborted, link.One.Ended?.Kind);
        link.Run(1000);
        Assert.Equal(AssociationEndKind.AbortedByPeer, link.Other.Ended?.Kind);
        Assert.Equal((ChannelState.Closed, ChannelState.Closed), (near.State, far.State));
        Assert.Equal((SendResult.Closed, (DataChannel?)null), (near.Send(MessageKind.Text, "x"u8, link.Now), link.One.Endpoint.Open("x", "", default, link.Now)));
        Assert.Equal((0, 0), (link.One.Endpoint.Association.Buffered, link.Other.Endpoint.Association.Held));
    }

    [Fact]
    public void An_end_may_be_aborted_while_it_is_told_of_a_message()
    {
        SimulatedLink link = SimulatedPeer.Connect(Fair);
        (DataChannel near, _) = ScheduleTests.Open(link, default);
        link.Other.OnMessageDo = (_, _) => link.Other.Endpoint.Abort(link.Now);
        for (int at = 0; at < 5; at++)
        {
            near.Send(MessageKind.Text, "x"u8, link.Now);
        }

        link.RunUntil(() => link.One.Ended is not null);
        Assert.Single(link.Other.Messages);
    }
}
