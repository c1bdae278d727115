using System.Buffers.Binary;
using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>Whatever the network loses, repeats and reorders, each kind of channel keeps what it promises.</summary>
public sealed class ScheduleTests
{
    // Near where TSNs begin again, so that most runs pass over it; and far from it.
    private static readonly Gen<uint> FirstTsns = Gen.OneOf(Gen.UInt[uint.MaxValue - 200, uint.MaxValue], Gen.UInt);

    private static readonly Gen<int> Lengths = Gen.Frequency((6, Gen.Int[4, 200]), (3, Gen.Int[1100, 5000]), (1, Gen.Int[5000, 60_000]));

    private static readonly Gen<int[]> Messages = Lengths.Array[1, 60];

    [Fact]
    public void A_reliable_ordered_channel_delivers_everything_once_and_in_order() => Gen.Select(LinkWeather.Any, FirstTsns, Messages, Messages).Sample((weather, tsn, there, back) =>
    {
        SimulatedLink link = Connect(weather, tsn);
        (DataChannel near, DataChannel far) = Open(link, default);
        SendAll(link, near, there, atOnce: true);
        SendAll(link, far, back, atOnce: false);
        link.RunUntil(() => link.Other.Messages.Count == there.Length && link.One.Messages.Count == back.Length);
        link.Run(20_000);
        Assert.Equal(Enumerable.Range(0, there.Length), Numbers(link.Other, there));
        Assert.Equal(Enumerable.Range(0, back.Length), Numbers(link.One, back));
        AssertNothingIsHeld(link);
    }, iter: 150);

    [Fact]
    public void An_unordered_reliable_channel_delivers_everything_once() => Gen.Select(LinkWeather.Any, FirstTsns, Messages).Sample((weather, tsn, there) =>
    {
        SimulatedLink link = Connect(weather, tsn);
        (DataChannel near, _) = Open(link, new DeliveryTerms(isUnordered: true));
        SendAll(link, near, there, atOnce: true);
        link.RunUntil(() => link.Other.Messages.Count == there.Length);
        link.Run(20_000);
        Assert.Equal(Enumerable.Range(0, there.Length), Numbers(link.Other, there).Order());
        AssertNothingIsHeld(link);
    }, iter: 100);

    [Fact]
    public void An_unreliable_channel_delivers_nothing_twice_or_changed_and_keeps_its_order_if_it_has_one() =>
        Gen.Select(LinkWeather.Any, FirstTsns, Messages, Gen.Bool, Gen.UInt[0, 2], Gen.Bool).Sample((weather, tsn, there, isUnordered, times, byLifetime) =>
        {
            SimulatedLink link = Connect(weather, tsn);
            DeliveryTerms terms = byLifetime ? new DeliveryTerms(isUnordered, lifetime: times * 100) : new DeliveryTerms(isUnordered, mostRetransmissions: times);
            (DataChannel near, _) = Open(link, terms);
            SendAll(link, near, there, atOnce: false);

            // A reliable message behind all of them: that the association goes on.
            DataChannel last = link.One.Open("last");
            link.RunUntil(() => last.State == ChannelState.Open);
            Assert.Equal(SendResult.Sent, last.Send(MessageKind.Text, "done"u8, link.Now));
            link.RunUntil(() => link.Other.Messages.Any(message => message.Channel.Label == "last"));
            link.Run(30_000);
            int[] numbers = [.. Numbers(link.Other, there, near.Id)];
            Assert.Equal(numbers.Distinct().Count(), numbers.Length);
            if (!isUnordered)
            {
                Assert.Equal(numbers.Order(), numbers);
            }

            AssertNothingIsHeld(link);
        }, iter: 150);

    [Fact]
    public void Channels_of_every_kind_beside_each_other_keep_their_promises() =>
        Gen.Select(LinkWeather.Any, FirstTsns, Gen.Select(Gen.Int[0, 3], Lengths).Array[1, 80]).Sample((weather, tsn, sends) =>
        {
            SimulatedLink link = Connect(weather, tsn);
            DataChannel[] channels =
            [
                link.One.Open("0"),
                link.One.Open("1", new DeliveryTerms(isUnordered: true)),
                link.One.Open("2", new DeliveryTerms(mostRetransmissions: 0)),
                link.One.Open("3", new DeliveryTerms(isUnordered: true, mostRetransmissions: 0)),
            ];
            link.RunUntil(() => channels.All(static channel => channel.State == ChannelState.Open));
            int number = 0;
            foreach ((int kind, int length) in sends)
            {
                SendOne(link, channels[kind], number++, length);
                link.Run(number % 7);
            }

            int reliable = sends.Count(static send => send.Item1 < 2);
            link.RunUntil(() => link.Other.Messages.Count(static message => message.Channel.Label is "0" or "1") == reliable);
            link.Run(30_000);
            foreach (DataChannel channel in channels)
            {
                int[] got = [.. link.Other.MessagesOf(channel).Select(message => Number(message))];
                int[] sent = [.. Enumerable.Range(0, sends.Length).Where(at => channels[sends[at].Item1] == channel)];
                Assert.Equal(got.Distinct().Count(), got.Length);
                Assert.Empty(got.Except(sent));
                Assert.All(got, at => Assert.Equal(sends[at].Item2, link.Other.MessagesOf(channel).First(message => Number(message) == at).Length));
                if (channel.Label is "0" or "2")
                {
                    Assert.Equal(got.Order(), got);
                }

                if (channel.Label is "0" or "1")
                {
                    Assert.Equal(sent.Length, got.Length);
                }
            }

            AssertNothingIsHeld(link);
        }, iter: 100);

    [Fact]
    public void Stream_sequence_numbers_begin_again_without_a_gap()
    {
        SimulatedLink link = Connect(new LinkWeather(1, LossPercent: 3, DuplicatePercent: 2, Delay: 1, Jitter: 3), 7);
        (DataChannel near, _) = Open(link, default);
        int sent = 0;
        int got = 0;
        link.Other.OnMessageDo = (_, message) => Assert.Equal(got++, Number(message));
        while (sent < 70_000)
        {
            byte[] message = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(message, sent);
            if (near.Send(MessageKind.Binary, message, link.Now) == SendResult.Sent)
            {
                sent++;
            }
            else
            {
                link.Run(5);
            }

            link.Other.Messages.Clear();
        }

        link.RunUntil(() => got == sent);
    }

    [Fact]
    public void The_same_weather_gives_the_same_run()
    {
        static (int, long, int) Run()
        {
            SimulatedLink link = Connect(new LinkWeather(5, 10, 10, 30, 40), 1);
            (DataChannel near, _) = Open(link, default);
            SendAll(link, near, [.. Enumerable.Range(1, 50).Select(static at => at * 37)], atOnce: true);
            link.RunUntil(() => link.Other.Messages.Count == 50);
            return (link.Other.Messages.Count, link.Other.Messages[^1].At, near.Buffered);
        }

        Assert.Equal(Run(), Run());
    }

    internal static SimulatedLink Connect(LinkWeather weather, uint tsn) =>
        SimulatedPeer.Connect(weather, new ChannelOptions { Sctp = new SctpOptions { FirstTsn = tsn, SendBuffer = 8 << 20, MostRetransmissions = 1000, MostInitRetransmissions = 1000, ShutdownGuard = int.MaxValue } });

    internal static (DataChannel Near, DataChannel Far) Open(SimulatedLink link, DeliveryTerms terms)
    {
        DataChannel near = link.One.Open("test", terms);
        link.RunUntil(() => near.State == ChannelState.Open);
        return (near, Assert.Single(link.Other.Opened));
    }

    internal static void AssertNothingIsHeld(SimulatedLink link)
    {
        link.RunUntil(() => link.One.Endpoint.Association is { Buffered: 0, Flight: 0, Held: 0 } && link.Other.Endpoint.Association is { Buffered: 0, Flight: 0, Held: 0 });
        link.Run(10_000);
        foreach (SimulatedPeer peer in new[] { link.One, link.Other })
        {
            Assert.Null(peer.Ended);
            Assert.Equal((0, 0, 0), (peer.Endpoint.Association.Buffered, peer.Endpoint.Association.Flight, peer.Endpoint.Association.Held));
        }
    }

    private static void SendAll(SimulatedLink link, DataChannel channel, int[] lengths, bool atOnce)
    {
        for (int at = 0; at < lengths.Length; at++)
        {
            SendOne(link, channel, at, lengths[at]);
            link.Run(atOnce ? 0 : (at * 31) % 40);
        }
    }

    private static void SendOne(SimulatedLink link, DataChannel channel, int number, int length)
    {
        Assert.Equal(SendResult.Sent, channel.Send(number % 2 == 0 ? MessageKind.Text : MessageKind.Binary, Content(number, length), link.Now));
    }

    private static int Number(byte[] message) => BinaryPrimitives.ReadInt32BigEndian(message);

    /// <summary>Which messages have arrived, in their order, each compared with what was sent.</summary>
    private static IEnumerable<int> Numbers(SimulatedPeer peer, int[] lengths, int? id = null)
    {
        foreach ((DataChannel channel, MessageKind kind, byte[] message, _) in peer.Messages)
        {
            if (id is { } one && channel.Id != one)
            {
                continue;
            }

            int number = Number(message);
            byte[] sent = Content(number, lengths[number]);
            Assert.Equal(number % 2 == 0 ? MessageKind.Text : MessageKind.Binary, kind);
            Assert.True(sent.AsSpan().SequenceEqual(message), $"Message {number} is not what was sent.");
            yield return number;
        }
    }

    private static byte[] Content(int number, int length)
    {
        byte[] message = new byte[length];
        new Random(number).NextBytes(message);
        BinaryPrimitives.WriteInt32BigEndian(message, number);
        return message;
    }
}
