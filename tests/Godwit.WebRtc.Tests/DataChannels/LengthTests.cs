using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>Messages of 1 octet to 256 KiB, in both directions at once, over every kind of channel, whatever the network loses, repeats, reorders and delays.</summary>
public sealed class LengthTests
{
    private const int Largest = 256 << 10;

    // Those around which something is cut, and any. No length twice: it is what a message is known by.
    private static readonly Gen<int[]> Lengths = Gen.OneOf(Gen.OneOf(1, 2, 3, 1159, 1160, 1161, 2320, 65_535, 65_536, 65_537, Largest - 1, Largest), Gen.Int[1, 5000], Gen.Int[1, Largest])
        .Array[1, 12].Select(static lengths => lengths.Distinct().ToArray());

    [Theory]
    [InlineData(false, "reliable", 0)]
    [InlineData(true, "reliable", 0)]
    [InlineData(false, "times", 0)]
    [InlineData(true, "times", 0)]
    [InlineData(false, "times", 3)]
    [InlineData(true, "times", 3)]
    [InlineData(false, "lifetime", 500)]
    [InlineData(true, "lifetime", 500)]
    public void What_arrives_is_what_was_sent_once_and_in_the_order_that_the_channel_promises(bool isUnordered, string kind, uint bound)
    {
        DeliveryTerms terms = kind switch
        {
            "times" => new DeliveryTerms(isUnordered, mostRetransmissions: bound),
            "lifetime" => new DeliveryTerms(isUnordered, lifetime: bound),
            _ => new DeliveryTerms(isUnordered),
        };
        Gen.Select(LinkWeather.Any, Lengths, Lengths).Sample((weather, there, back) =>
        {
            SimulatedLink link = ScheduleTests.Connect(weather, 1);
            (DataChannel near, DataChannel far) = ScheduleTests.Open(link, terms);
            for (int at = 0; at < Math.Max(there.Length, back.Length); at++)
            {
                Send(link, near, there, at);
                Send(link, far, back, at);
                link.Run(at * 17 % 50);
            }

            if (terms.IsReliable)
            {
                link.RunUntil(() => link.Other.Messages.Count == there.Length && link.One.Messages.Count == back.Length);
            }
            else
            {
                link.RunUntil(() => near.Buffered == 0 && far.Buffered == 0);
            }

            link.Run(20_000);
            AssertRight(link.Other, there, terms);
            AssertRight(link.One, back, terms);
            ScheduleTests.AssertNothingIsHeld(link);
        }, iter: 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_a_path_that_loses_nothing_messages_of_every_length_arrive_that_would_not_be_sent_again(bool isUnordered)
    {
        SimulatedLink link = ScheduleTests.Connect(new LinkWeather(4, Delay: 30), 1);
        (DataChannel near, _) = ScheduleTests.Open(link, new DeliveryTerms(isUnordered, mostRetransmissions: 0));
        int[] lengths = [1, 1160, 1161, 65_536, Largest, 2];
        for (int at = 0; at < lengths.Length; at++)
        {
            Send(link, near, lengths, at);
        }

        link.RunUntil(() => link.Other.Messages.Count == lengths.Length);
        AssertRight(link.Other, lengths, near.Terms);
    }

    private static void Send(SimulatedLink link, DataChannel channel, int[] lengths, int at)
    {
        if (at < lengths.Length)
        {
            Assert.Equal(SendResult.Sent, channel.Send(MessageKind.Binary, Content(lengths[at]), link.Now));
        }
    }

    private static void AssertRight(SimulatedPeer peer, int[] sent, DeliveryTerms terms)
    {
        int[] came = [.. peer.Messages.Select(static message => message.Message.Length)];
        Assert.All(peer.Messages, static message => Assert.True(Content(message.Message.Length).AsSpan().SequenceEqual(message.Message), $"A message of {message.Message.Length} is not what was sent."));
        Assert.Equal(came.Length, came.Distinct().Count());
        Assert.Empty(came.Except(sent));
        if (terms.IsReliable)
        {
            Assert.Equal(sent.Length, came.Length);
        }

        if (!terms.IsUnordered)
        {
            Assert.Equal([.. sent.Where(came.Contains)], came);
        }
    }

    private static byte[] Content(int length)
    {
        byte[] message = new byte[length];
        new Random(length).NextBytes(message);
        return message;
    }
}
