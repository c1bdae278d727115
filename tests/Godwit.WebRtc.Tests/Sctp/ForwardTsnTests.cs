using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 3758: messages that are given up, at both ends.</summary>
public sealed class ForwardTsnTests
{
    private static readonly DeliveryTerms Once = new(isUnordered: true, mostRetransmissions: 0);

    [Fact]
    public void A_message_that_may_not_be_sent_again_is_given_up_when_it_is_lost()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        for (int at = 0; at < 4; at++)
        {
            Assert.True(scripted.Subject.TrySendNow(stream, 53, [1], Once, scripted.Now));
        }

        scripted.Give(RawChunk.Sack(999, gaps: (2, 2)));
        scripted.Give(RawChunk.Sack(999, gaps: (2, 3)));
        _ = scripted.Sent;
        scripted.Give(RawChunk.Sack(999, gaps: (2, 4)));
        RawChunk forward = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.ForwardTsn, 1000u, 4), (forward.Kind, forward.Tsn, forward.Body.Length));
        scripted.Give(RawChunk.Sack(1003));
        Assert.Equal(0, scripted.Subject.Flight);
    }

    [Fact]
    public void What_was_given_up_is_told_again_until_it_is_acknowledged()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        Assert.True(scripted.Subject.TrySendNow(new OutboundStream(1), 53, [1], Once, scripted.Now));
        _ = scripted.Sent;
        for (int at = 0; at < 3; at++)
        {
            scripted.Wait();
            Assert.Equal((ChunkType.ForwardTsn, 1000u), (scripted.SentChunks.Single().Kind, 1000u));
        }

        scripted.Give(RawChunk.Sack(1000));
        scripted.Wait(20_000);
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void A_message_is_sent_again_as_often_as_it_may_be_and_an_ordered_one_is_named()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(7);
        scripted.Send(stream, 10, new DeliveryTerms(mostRetransmissions: 2));
        Assert.Equal(1000u, Assert.Single(scripted.SentChunks).Tsn);
        scripted.Wait();
        Assert.Equal(ChunkType.Payload, Assert.Single(scripted.SentChunks).Kind);
        scripted.Wait();
        Assert.Equal(ChunkType.Payload, Assert.Single(scripted.SentChunks).Kind);
        scripted.Wait();
        RawChunk forward = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.ForwardTsn, 1000u, 7, 0), (forward.Kind, forward.Tsn, forward.Half(4), forward.Half(6)));
        Assert.Equal(0, scripted.Subject.Buffered);
    }

    [Fact]
    public void A_message_whose_time_is_over_is_given_up_and_one_that_was_not_begun_leaves_no_trace()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(window: 1500);
        var stream = new OutboundStream(1);
        var terms = new DeliveryTerms(lifetime: 500);
        scripted.Send(stream, 1100, terms);
        scripted.Send(stream, 1100, terms);
        Assert.Equal(1000u, Assert.Single(scripted.SentChunks).Tsn);
        scripted.Wait();
        RawChunk forward = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.ForwardTsn, 1000u), (forward.Kind, forward.Tsn));
        Assert.Equal(0, scripted.Subject.Buffered);
        scripted.Send(stream, 10);
        RawChunk next = Assert.Single(scripted.SentChunks);
        Assert.Equal((1001u, 1), (next.Tsn, next.Half(6)));
    }

    [Fact]
    public void All_pieces_of_a_message_are_given_up_with_one_and_so_is_what_was_not_sent_of_it()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        scripted.Send(stream, 20_000, new DeliveryTerms(mostRetransmissions: 0));
        int sent = scripted.Sent.Length;
        scripted.Give(RawChunk.Sack(1000));
        sent += scripted.Sent.Length;
        scripted.Wait();
        RawChunk forward = scripted.SentChunks.First(static chunk => chunk.Kind == ChunkType.ForwardTsn);

        // One more than were sent: an end that the other end has not seen, so that it does not take the next message for a part.
        Assert.Equal(1000u + (uint)sent, forward.Tsn);
        scripted.Give(RawChunk.Sack(forward.Tsn));
        Assert.Equal((0, 0), (scripted.Subject.Buffered, scripted.Subject.Flight));
        scripted.Send(stream, 10);
        Assert.Equal((forward.Tsn + 1, 1), (scripted.SentChunks.Single().Tsn, 1));
    }

    [Fact]
    public void A_message_whose_time_ends_between_its_pieces_is_given_up_though_all_that_was_sent_has_arrived()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(window: 2400);
        scripted.Send(new OutboundStream(1), 5000, new DeliveryTerms(lifetime: 100));
        Assert.Equal(2, scripted.Sent.Length);
        scripted.Now += 200;
        scripted.Give(RawChunk.Sack(1001));
        RawChunk forward = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.ForwardTsn, 1002u), (forward.Kind, forward.Tsn));
        Assert.Equal(0, scripted.Subject.Buffered);
    }

    [Fact]
    public void The_round_trip_is_measured_by_another_chunk_when_the_one_that_was_to_tell_it_is_given_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        Assert.True(scripted.Subject.TrySendNow(stream, 53, [1], Once, scripted.Now));
        scripted.Wait();
        scripted.Give(RawChunk.Sack(1000));
        Assert.Equal(0, scripted.Subject.RoundTrip);
        Assert.True(scripted.Subject.TrySendNow(stream, 53, [1], Once, scripted.Now));
        scripted.Now += 30;
        scripted.Give(RawChunk.Sack(1001));
        Assert.Equal(30, scripted.Subject.RoundTrip);
    }

    [Fact]
    public void For_an_end_that_does_not_know_FORWARD_TSN_everything_is_reliable()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(parameters: []);
        var stream = new OutboundStream(1);
        Assert.True(scripted.Subject.TrySendNow(stream, 53, [1, 2, 3], Once, scripted.Now));
        _ = scripted.Sent;
        for (int at = 0; at < 5; at++)
        {
            scripted.Wait();
            Assert.Equal((ChunkType.Payload, 1000u), (scripted.SentChunks.Single().Kind, 1000u));
        }
    }

    [Fact]
    public void This_end_goes_on_without_what_the_other_end_gave_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5002, "behind", stream: 4, sequence: 2));
        scripted.Give(RawChunk.Payloads(5001, "piece", stream: 4, sequence: 1, flags: 2));
        Assert.Empty(scripted.Messages);
        _ = scripted.Sent;
        scripted.Give(RawChunk.ForwardTsn(5001, (4, 1)));
        Assert.Equal("behind"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        Assert.Equal(5002u, Assert.Single(scripted.SentChunks).Tsn);
        Assert.Equal(0, scripted.Subject.Held);
    }

    [Fact]
    public void A_whole_message_that_is_passed_over_is_delivered_and_what_comes_after_that_is_not()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5001, "whole", sequence: 1));
        scripted.Give(RawChunk.ForwardTsn(5005, (0, 3)));
        Assert.Equal("whole"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        scripted.Give(RawChunk.Payloads(5000, "too late", sequence: 0), RawChunk.Payloads(5003, "too late", sequence: 3));
        Assert.Single(scripted.Messages);
        scripted.Give(RawChunk.Payloads(5006, "next", sequence: 4));
        Assert.Equal(2, scripted.Messages.Count);
    }

    [Fact]
    public void A_FORWARD_TSN_that_is_old_is_only_acknowledged_and_one_far_ahead_is_taken()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("1");
        scripted.Give(RawChunk.ForwardTsn(4000));
        Assert.Equal(5000u, Assert.Single(scripted.SentChunks).Tsn);
        scripted.Give(RawChunk.ForwardTsn(5000 + 0x7000_0000));
        Assert.Equal(5000u + 0x7000_0000, Assert.Single(scripted.SentChunks).Tsn);
        scripted.Give(RawChunk.Payloads(5001 + 0x7000_0000, "goes on", sequence: 1));
        Assert.Equal(2, scripted.Messages.Count);
    }

    [Fact]
    public void What_comes_after_a_message_that_was_passed_over_does_not_wait_for_another_stream()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.ForwardTsn(5000, (4, 6)));
        scripted.Give(RawChunk.Payloads(5002, "next", stream: 4, sequence: 7));
        Assert.Equal("next"u8.ToArray(), Assert.Single(scripted.Messages).Message);
    }

    [Fact]
    public void Messages_of_several_streams_that_waited_for_what_is_passed_over_are_delivered_before_another_hole_is_filled()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5005, "b", stream: 5, sequence: 1), RawChunk.Payloads(5004, "a", stream: 4, sequence: 1), RawChunk.Payloads(5006, "c", stream: 4, sequence: 2));
        Assert.Empty(scripted.Messages);
        scripted.Give(RawChunk.ForwardTsn(5001, (4, 0), (5, 0)));
        Assert.Equal("abc", string.Concat(scripted.Messages.Select(static message => (char)message.Message[0])));
        Assert.Equal(5001u, scripted.SentChunks[^1].Tsn);
    }

    [Fact]
    public void A_message_of_which_the_begin_was_given_up_is_not_delivered()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000, "begin", flags: 2));
        scripted.Give(RawChunk.ForwardTsn(5001, (0, 0)));
        scripted.Give(RawChunk.Payloads(5002, "end", flags: 1), RawChunk.Payloads(5003, "next", sequence: 1));
        Assert.Equal("next"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        Assert.Equal(0, scripted.Subject.Held);
    }
}
