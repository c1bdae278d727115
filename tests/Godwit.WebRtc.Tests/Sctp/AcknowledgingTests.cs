using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 9260 §6.2, §6.7: what is acknowledged, and when.</summary>
public sealed class AcknowledgingTests
{
    [Fact]
    public void Every_second_packet_is_acknowledged_at_once()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("1", sequence: 0);
        Assert.Empty(scripted.Sent);
        scripted.GiveMessage("2", sequence: 1);
        RawChunk sack = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.Sack, 5001u), (sack.Kind, sack.Tsn));
        Assert.Empty(sack.Gaps);
    }

    [Fact]
    public void One_packet_is_acknowledged_after_a_delay()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("1");
        long before = scripted.Now;
        scripted.Wait();
        Assert.Equal(scripted.Options.AcknowledgementDelay, scripted.Now - before);
        Assert.Equal(5000u, Assert.Single(scripted.SentChunks).Tsn);
    }

    [Fact]
    public void A_chunk_that_asks_for_it_is_acknowledged_at_once()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("1", flags: 3 | 8);
        Assert.Equal(ChunkType.Sack, Assert.Single(scripted.SentChunks).Kind);
    }

    [Fact]
    public void An_acknowledgement_that_waits_goes_with_a_message()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("1");
        scripted.Send(new OutboundStream(1), 10);
        Assert.Equal([ChunkType.Sack, ChunkType.Payload], Assert.Single(scripted.Sent).Chunks.Select(static chunk => chunk.Kind));
    }

    [Fact]
    public void What_is_missing_is_told_at_once_and_until_it_comes()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000, "0", sequence: 0));
        scripted.Give(RawChunk.Payloads(5002, "2", sequence: 2), RawChunk.Payloads(5003, "3", sequence: 3), RawChunk.Payloads(5005, "5", sequence: 5));
        RawChunk sack = Assert.Single(scripted.SentChunks);
        Assert.Equal(5000u, sack.Tsn);
        Assert.Equal([(2, 3), (5, 5)], sack.Gaps);
        scripted.Give(RawChunk.Payloads(5001, "1", sequence: 1));
        sack = Assert.Single(scripted.SentChunks);
        Assert.Equal(5003u, sack.Tsn);
        Assert.Equal([(2, 2)], sack.Gaps);
        scripted.Give(RawChunk.Payloads(5004, "4", sequence: 4));
        sack = Assert.Single(scripted.SentChunks);
        Assert.Equal(5005u, sack.Tsn);
        Assert.Empty(sack.Gaps);
        Assert.Equal("012345", string.Concat(scripted.Messages.Select(static message => (char)message.Message[0])));
    }

    [Fact]
    public void What_comes_twice_is_named_and_not_delivered_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        RawChunk one = RawChunk.Payloads(5000, "0");
        RawChunk ahead = RawChunk.Payloads(5002, "2", sequence: 2);
        RawChunk unordered = RawChunk.Payloads(5004, "u", flags: 7);
        scripted.Give(one, ahead, unordered);
        _ = scripted.Sent;
        scripted.Give(one, ahead, unordered);
        Assert.Equal([5000u, 5002u, 5004u], Assert.Single(scripted.SentChunks).Duplicates);
        Assert.Equal(2, scripted.Messages.Count);
    }

    [Fact]
    public void The_window_that_is_announced_shrinks_by_what_is_held_and_grows_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5001, new byte[1000], sequence: 1));
        Assert.Equal((uint)scripted.Options.ReceiveBuffer - 1064, Assert.Single(scripted.SentChunks).Word(4));
        Assert.Equal(1064, scripted.Subject.Held);
        scripted.Give(RawChunk.Payloads(5000, "0"));
        Assert.Equal((uint)scripted.Options.ReceiveBuffer, Assert.Single(scripted.SentChunks).Word(4));
    }

    [Fact]
    public void When_the_window_is_full_only_what_is_missing_is_taken_and_everything_comes_out_in_the_end()
    {
        var options = new SctpOptions { ReceiveBuffer = 10_000, LargestMessage = 5000, FirstTsn = 1 };
        ScriptedAssociation scripted = ScriptedAssociation.Established(options);
        for (uint at = 1; at < 40; at++)
        {
            scripted.Give(RawChunk.Payloads(5000 + at, new byte[1000], sequence: (ushort)at));
            Assert.True(scripted.Subject.Held <= options.ReceiveBuffer);
        }

        RawChunk sack = scripted.SentChunks[^1];
        Assert.Equal([(2, 10)], sack.Gaps);
        scripted.Give(RawChunk.Payloads(5000, new byte[1000]));
        Assert.Equal(5009u, scripted.SentChunks[^1].Tsn);
        for (uint at = 10; at < 40; at++)
        {
            scripted.Give(RawChunk.Payloads(5000 + at, new byte[1000], sequence: (ushort)at));
        }

        Assert.Equal(40, scripted.Messages.Count);
        Assert.Equal(0, scripted.Subject.Held);
    }

    [Fact]
    public void Holes_filled_with_large_chunks_do_not_pass_twice_the_window_and_what_lies_farthest_is_let_go()
    {
        var options = new SctpOptions { ReceiveBuffer = 10_000, LargestMessage = 100_000, FirstTsn = 1 };
        ScriptedAssociation scripted = ScriptedAssociation.Established(options);
        for (uint at = 2; at < 200; at += 2)
        {
            scripted.Give(RawChunk.Payloads(5000 + at, [1], flags: 0));
        }

        for (uint at = 1; at < 150; at += 2)
        {
            scripted.Give(RawChunk.Payloads(5000 + at, new byte[4000], flags: 0));
            Assert.True(scripted.Subject.Held <= 2 * options.ReceiveBuffer, $"{scripted.Subject.Held} octets are held.");
        }

        (int From, int To)[] before = scripted.SentChunks[^1].Gaps;
        scripted.Give(RawChunk.Payloads(5000, new byte[9000], flags: 2));
        RawChunk after = scripted.SentChunks[^1];
        Assert.True(scripted.Subject.Held <= 2 * options.ReceiveBuffer);
        Assert.True(after.Tsn + (uint)(after.Gaps.Length == 0 ? 0 : after.Gaps[^1].To) < 4999 + (uint)before[^1].To);
    }

    [Fact]
    public void A_chunk_far_beyond_everything_is_not_taken()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000 + 4096, "x", flags: 7));
        Assert.Empty(scripted.Messages);
        RawChunk sack = Assert.Single(scripted.SentChunks);
        Assert.Equal(4999u, sack.Tsn);
        Assert.Empty(sack.Gaps);
        scripted.Give(RawChunk.Payloads(5000 + 4095, "x", flags: 7));
        Assert.Single(scripted.Messages);
    }

    [Fact]
    public void A_chunk_without_octets_ends_the_association()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000, []));
        RawChunk abort = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.Abort, (ushort)ErrorCause.NoUserData, 5000u), (abort.Kind, abort.Half(0), abort.Word(4)));
        Assert.Equal(new AssociationEnd(AssociationEndKind.Aborted, ErrorCause.NoUserData), scripted.Ended);
    }

    [Fact]
    public void A_message_larger_than_the_largest_ends_the_association()
    {
        var options = new SctpOptions { LargestMessage = 3000, FirstTsn = 1 };
        ScriptedAssociation scripted = ScriptedAssociation.Established(options);
        scripted.Give(RawChunk.Payloads(5000, new byte[1500], flags: 2));
        scripted.Give(RawChunk.Payloads(5001, new byte[1500], flags: 1));
        Assert.Equal(3000, Assert.Single(scripted.Messages).Message.Length);
        scripted.Give(RawChunk.Payloads(5002, new byte[1500], sequence: 1, flags: 2), RawChunk.Payloads(5003, new byte[1500], sequence: 1, flags: 0));
        Assert.Null(scripted.Ended);
        scripted.Give(RawChunk.Payloads(5004, [1], sequence: 1, flags: 0));
        Assert.Equal(ErrorCause.ProtocolViolation, scripted.Ended?.Cause);
        Assert.Equal(0, scripted.Subject.Held);
    }

    [Fact]
    public void More_ordered_streams_than_there_may_be_end_the_association()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(new SctpOptions { OrderedStreams = 10, FirstTsn = 1 });
        for (ushort stream = 0; stream < 10; stream++)
        {
            scripted.GiveMessage("x", stream);
        }

        scripted.GiveMessage("y", 3, 1);
        Assert.Null(scripted.Ended);
        scripted.GiveMessage("x", 10);
        Assert.Equal(new AssociationEnd(AssociationEndKind.Aborted, ErrorCause.OutOfResource), scripted.Ended);
    }

    [Fact]
    public void Pieces_in_any_order_become_the_message()
    {
        foreach (uint[] order in new uint[][] { [0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1] })
        {
            ScriptedAssociation scripted = ScriptedAssociation.Established();
            foreach (uint at in order)
            {
                scripted.Give(RawChunk.Payloads(5000 + at, $"part{at}", flags: at == 0 ? (byte)2 : at == 2 ? (byte)1 : (byte)0));
            }

            Assert.Equal("part0part1part2"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        }
    }

    [Fact]
    public void An_unordered_message_and_another_stream_do_not_wait_for_what_is_missing()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5001, "late", sequence: 1));
        scripted.Give(RawChunk.Payloads(5002, "un", flags: 2 | 4), RawChunk.Payloads(5003, "ordered", flags: 1 | 4));
        scripted.Give(RawChunk.Payloads(5004, "other", stream: 9));
        Assert.Equal(["unordered", "other"], scripted.Messages.Select(static message => System.Text.Encoding.UTF8.GetString(message.Message)));
        scripted.Give(RawChunk.Payloads(5000, "first"));
        Assert.Equal(["first", "late"], scripted.Messages[2..].Select(static message => System.Text.Encoding.UTF8.GetString(message.Message)));
    }

    [Fact]
    public void Pieces_that_do_not_fit_together_are_dropped()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000, "begin", flags: 2), RawChunk.Payloads(5001, "other stream", stream: 5, flags: 1));
        scripted.Give(RawChunk.Payloads(5002, "begin", flags: 2), RawChunk.Payloads(5003, "whole", stream: 2));
        scripted.Give(RawChunk.Payloads(5004, "orphan", flags: 1));
        Assert.Equal("whole"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        Assert.Equal(0, scripted.Subject.Held);
        Assert.Null(scripted.Ended);
    }

    [Fact]
    public void A_message_that_begins_where_another_had_to_go_on_is_not_mixed_with_it()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5000, "one", flags: 2), RawChunk.Payloads(5001, "two", flags: 2), RawChunk.Payloads(5002, "end", flags: 1));
        Assert.Equal("twoend"u8.ToArray(), Assert.Single(scripted.Messages).Message);
        scripted.Give(RawChunk.Payloads(5004, "two", flags: 2 | 4), RawChunk.Payloads(5006, "end", flags: 1 | 4), RawChunk.Payloads(5005, "one", flags: 2 | 4));
        Assert.Equal("oneend"u8.ToArray(), scripted.Messages[^1].Message);
        Assert.Equal(2, scripted.Messages.Count);
    }

    [Fact]
    public void Messages_of_a_stream_that_waited_for_each_other_do_not_wait_for_another_stream()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Payloads(5003, "2", stream: 4, sequence: 2), RawChunk.Payloads(5002, "1", stream: 4, sequence: 1));
        Assert.Empty(scripted.Messages);
        scripted.Give(RawChunk.Payloads(5001, "0", stream: 4));
        Assert.Equal("012", string.Concat(scripted.Messages.Select(static message => (char)message.Message[0])));
    }
}
