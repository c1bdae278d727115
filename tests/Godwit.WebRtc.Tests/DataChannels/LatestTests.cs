using System.Buffers.Binary;
using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>A sender that only ever sends the newest value, at the moment when it may be sent.</summary>
public sealed class LatestTests
{
    private static readonly DeliveryTerms Lossy = new(isUnordered: true, mostRetransmissions: 0);

    [Fact]
    public void Values_are_never_queued_and_the_newest_goes_out_when_it_may() => Gen.Select(LinkWeather.Any, Gen.Int[5, 1100], Gen.Int[1, 40]).Sample((weather, length, interval) =>
    {
        SimulatedLink link = ScheduleTests.Connect(weather, uint.MaxValue - 50);
        (DataChannel near, _) = ScheduleTests.Open(link, Lossy);
        ScheduleTests.AssertNothingIsHeld(link);
        var sender = new Sender(link, near, length);
        for (int at = 0; at < 300; at++)
        {
            sender.Publish();
            link.Run(interval);
            Assert.Equal(0, near.Buffered);
            Assert.Equal(0, link.One.Endpoint.Association.Buffered);
        }

        link.RunUntil(() => link.One.Endpoint.Association.Flight == 0 && sender.IsCaughtUp);
        link.Run(20_000);
        int[] got = [.. link.Other.Messages.Select(static message => BinaryPrimitives.ReadInt32BigEndian(message.Message))];
        Assert.Equal(got.Distinct().Count(), got.Length);
        Assert.All(link.Other.Messages, message => Assert.Equal(length, message.Message.Length));
        ScheduleTests.AssertNothingIsHeld(link);
    }, iter: 60);

    [Fact]
    public void After_an_outage_nothing_older_than_it_arrives_and_the_newest_comes_soon()
    {
        SimulatedLink link = ScheduleTests.Connect(new LinkWeather(4, LossPercent: 5, Delay: 50), 1);
        (DataChannel near, _) = ScheduleTests.Open(link, Lossy);
        var sender = new Sender(link, near, 200);
        Publish(100);
        link.IsDown = true;
        link.Run(51);
        link.Other.Messages.Clear();
        int before = sender.Newest;
        Publish(250);
        int after = sender.Newest;
        link.IsDown = false;
        long up = link.Now;
        while (link.Other.Messages.Count == 0)
        {
            sender.Publish();
            link.Run(20);
        }

        Assert.All(link.Other.Messages, message => Assert.True(BinaryPrimitives.ReadInt32BigEndian(message.Message) > before));
        Assert.True(BinaryPrimitives.ReadInt32BigEndian(link.Other.Messages[0].Message) > after);
        Assert.InRange(link.Now - up, 0, 3200);

        void Publish(int times)
        {
            for (int at = 0; at < times; at++)
            {
                sender.Publish();
                link.Run(20);
            }
        }
    }

    [Theory]
    [InlineData(200, 2)]
    [InlineData(600, 2)]

    // 55 KB/s at this loss and round trip is what congestion control leaves to any fair sender, so that some values are skipped.
    [InlineData(1100, 3)]
    public void At_five_percent_loss_the_newest_value_seen_is_no_older_than_the_delay_and_some_intervals(int length, int intervals)
    {
        const int interval = 20;
        SimulatedLink link = ScheduleTests.Connect(new LinkWeather(11, LossPercent: 5, Delay: 50), 1);
        (DataChannel near, _) = ScheduleTests.Open(link, Lossy);
        var sender = new Sender(link, near, length);
        var ages = new List<long>();
        int newest = -1;
        link.Other.OnMessageDo = (_, message) => newest = Math.Max(newest, BinaryPrimitives.ReadInt32BigEndian(message));
        for (int at = 0; at < 5000; at++)
        {
            sender.Publish();
            for (int step = 0; step < interval; step += 5)
            {
                link.Run(5);
                if (newest >= 0 && at > 10)
                {
                    ages.Add(link.Now - sender.PublishedAt(newest));
                }
            }
        }

        ages.Sort();
        Assert.InRange(ages[(int)(ages.Count * 0.99)], 0, 50 + (intervals * interval));
    }

    [Fact]
    public void Lossy_and_reliable_channels_share_a_path_and_a_full_one_is_told_when_it_is_low()
    {
        SimulatedLink link = ScheduleTests.Connect(new LinkWeather(8, LossPercent: 3, Delay: 20), 1);
        (DataChannel lossy, _) = ScheduleTests.Open(link, Lossy);
        DataChannel reliable = link.One.Open("reliable");
        reliable.LowWaterMark = 20_000;
        int sent = 0;
        int low = 0;
        link.One.OnBufferedLowDo = channel =>
        {
            low++;
            while (channel.Buffered < 60_000 && sent < 200)
            {
                Assert.Equal(SendResult.Sent, channel.Send(MessageKind.Binary, new byte[5000], link.Now));
                sent++;
            }
        };
        var sender = new Sender(link, lossy, 100);
        for (; sent < 20; sent++)
        {
            reliable.Send(MessageKind.Binary, new byte[5000], link.Now);
        }

        while (link.Other.Messages.Count(static message => message.Channel.Label == "reliable") < 200)
        {
            sender.Publish();
            link.Run(20);
            Assert.True(reliable.Buffered <= 100_000);
            Assert.True(link.Now < 3_000_000);
        }

        Assert.InRange(low, 10, 200);
        Assert.Contains(link.Other.Messages, static message => message.Channel.Label == "test");
    }

    /// <summary>What a transport does: a newest value, and a note that it is to be sent.</summary>
    private sealed class Sender
    {
        private readonly SimulatedLink _link;
        private readonly DataChannel _channel;
        private readonly byte[] _value;
        private readonly List<long> _published = [];
        private int _sent = -1;

        public Sender(SimulatedLink link, DataChannel channel, int length)
        {
            _link = link;
            _channel = channel;
            _value = new byte[length];
            link.One.OnMaySendDo = told =>
            {
                if (told == channel)
                {
                    Send();
                }
            };
        }

        public int Newest => _published.Count - 1;

        public bool IsCaughtUp => _sent == Newest;

        public long PublishedAt(int number) => _published[number];

        public void Publish()
        {
            _published.Add(_link.Now);
            Send();
        }

        private void Send()
        {
            BinaryPrimitives.WriteInt32BigEndian(_value, Newest);
            if (_sent != Newest && _channel.TrySendNow(MessageKind.Binary, _value, _link.Now))
            {
                _sent = Newest;
            }
        }
    }
}
