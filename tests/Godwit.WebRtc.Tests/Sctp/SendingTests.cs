using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 9260 §6.1, §6.3, §6.9, §7: what is sent, how much at once, and again.</summary>
public sealed class SendingTests
{
    private const int Piece = 1160;
    private const int Chunk = Piece + 16;

    [Fact]
    public void Small_messages_share_a_packet_when_they_are_sent_together()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        scripted.Subject.Enter(scripted.Now);
        scripted.Send(stream, 10);
        scripted.Send(stream, 20);
        scripted.Subject.Leave();
        RawPacket packet = Assert.Single(scripted.Sent);
        Assert.Equal([(1000u, 0), (1001u, 1)], packet.Chunks.Select(static chunk => (chunk.Tsn, (int)chunk.Half(6))));
    }

    [Fact]
    public void A_long_message_is_cut_into_pieces_with_consecutive_TSNs()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(3), (2 * Piece) + 5);
        RawChunk[] pieces = scripted.SentChunks;
        Assert.Equal([1000u, 1001u, 1002u], pieces.Select(static piece => piece.Tsn));
        Assert.Equal([2, 0, 1], pieces.Select(static piece => piece.Flags & 7));
        Assert.Equal([Piece, Piece, 5], pieces.Select(static piece => piece.Payload.Length));
        Assert.All(pieces, static piece => Assert.Equal((3, 0), (piece.Half(4), piece.Half(6))));
    }

    [Fact]
    public void A_message_is_not_interrupted_by_another_stream_and_streams_take_turns()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var one = new OutboundStream(1);
        var two = new OutboundStream(2);
        scripted.Subject.Enter(scripted.Now);
        scripted.Send(one, 2 * Piece);
        scripted.Send(one, 10);
        scripted.Send(two, 10);
        scripted.Send(two, 10);
        scripted.Subject.Leave();
        Assert.Equal([1, 1, 2, 1, 2], scripted.SentChunks.Select(static chunk => (int)chunk.Half(4)));
    }

    [Fact]
    public void No_more_than_the_congestion_window_is_on_its_way_at_first()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 50_000);
        Assert.Equal(4404, scripted.Subject.CongestionWindow);
        Assert.Equal(4, scripted.Sent.Length);
        Assert.InRange(scripted.Subject.Flight, 4404, 4404 + Chunk);
    }

    [Fact]
    public void In_slow_start_the_window_grows_by_what_is_acknowledged_if_it_was_used()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        scripted.Send(stream, 100);
        scripted.Give(RawChunk.Sack(1000));
        Assert.Equal(4404, scripted.Subject.CongestionWindow);
        scripted.Send(stream, 50_000);
        scripted.Give(RawChunk.Sack(1002));
        Assert.Equal(4404 + 1188, scripted.Subject.CongestionWindow);
        scripted.Give(RawChunk.Sack(1002));
        Assert.Equal(4404 + 1188, scripted.Subject.CongestionWindow);
    }

    [Fact]
    public void Past_the_threshold_the_window_grows_by_a_packet_for_each_window()
    {
        var window = new Godwit.WebRtc.Sctp.Sending.CongestionWindow(1000);
        window.OnTimeout();
        Assert.Equal((1000, 4000), (window.Size, window.Threshold));
        for (int at = 0; at < 4; at++)
        {
            window.Acknowledge(1000, window.Size, 1);
        }

        Assert.Equal(5000, window.Size);
        for (int at = 0; at < 4; at++)
        {
            window.Acknowledge(1000, window.Size, 1);
            Assert.Equal(5000, window.Size);
        }

        window.Acknowledge(1000, window.Size, 1);
        Assert.Equal(6000, window.Size);
    }

    [Fact]
    public void A_window_that_was_not_used_does_not_grow_past_the_threshold_either()
    {
        var window = new Godwit.WebRtc.Sctp.Sending.CongestionWindow(1000);
        window.OnTimeout();
        for (int at = 0; at < 4; at++)
        {
            window.Acknowledge(1000, window.Size, 1);
        }

        for (int at = 0; at < 40; at++)
        {
            window.Acknowledge(1000, 1000, 1);
        }

        Assert.Equal(5000, window.Size);
    }

    [Fact]
    public void Three_acknowledgements_without_a_chunk_send_it_again_at_once_and_halve_the_window_once()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 100_000);
        Acknowledge(scripted, 1000, 1020);
        int before = scripted.Subject.CongestionWindow;
        Assert.True(before > 10_000);
        _ = scripted.Sent;
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 2)));
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 3)));
        Assert.DoesNotContain(scripted.SentChunks, static chunk => chunk.Tsn == 1021);
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 4)));
        Assert.Equal(1021u, scripted.SentChunks[0].Tsn);
        int halved = Math.Max(before / 2, 4 * 1188);
        Assert.Equal(halved, scripted.Subject.CongestionWindow);

        // The same loss is not punished twice, and the chunk waits for the timer now.
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 5)));
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 6)));
        scripted.Give(RawChunk.Sack(1020, gaps: (2, 7)));
        Assert.DoesNotContain(scripted.SentChunks, static chunk => chunk.Tsn == 1021);
        Assert.Equal(halved, scripted.Subject.CongestionWindow);
    }

    [Fact]
    public void When_nothing_comes_back_in_time_one_packet_is_sent_again_and_the_wait_doubles()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 4 * Piece);
        _ = scripted.Sent;
        var waits = new List<long>();
        for (int at = 0; at < 4; at++)
        {
            long before = scripted.Now;
            scripted.Wait();
            waits.Add(scripted.Now - before);
            RawPacket[] again = scripted.Sent;
            Assert.InRange(again.Length, 1, 2);
            Assert.Equal(1000u, again[0].Chunks[0].Tsn);
            Assert.Equal(1188, scripted.Subject.CongestionWindow);
        }

        Assert.Equal([1000, 2000, 3000, 3000], waits);
    }

    [Fact]
    public void After_eleven_waits_the_other_end_is_given_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 10);
        for (int at = 0; at < 11; at++)
        {
            Assert.Null(scripted.Ended);
            scripted.Wait();
        }

        Assert.Equal(AssociationEndKind.Unreachable, scripted.Ended?.Kind);
        Assert.Equal((0, Association.Never), (scripted.Subject.Buffered, scripted.Subject.NextDeadline));
    }

    [Fact]
    public void The_wait_follows_the_round_trip_but_is_never_below_the_least()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        for (uint at = 0; at < 20; at++)
        {
            scripted.Send(stream, 10);
            scripted.Now += 600;
            scripted.Give(RawChunk.Sack(1000 + at));
        }

        Assert.Equal(600, scripted.Subject.RoundTrip);
        scripted.Send(stream, 10);
        Assert.InRange(scripted.Subject.NextDeadline - scripted.Now, 601, 700);
        scripted.Give(RawChunk.Sack(1020));
        for (uint at = 21; at < 100; at++)
        {
            scripted.Send(stream, 10);
            scripted.Give(RawChunk.Sack(1000 + at));
        }

        scripted.Send(stream, 10);
        Assert.Equal(scripted.Options.LeastTimeout, scripted.Subject.NextDeadline - scripted.Now);
    }

    [Fact]
    public void A_chunk_that_was_sent_twice_does_not_tell_the_round_trip()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 10);
        scripted.Wait();
        scripted.Now += 5;
        scripted.Give(RawChunk.Sack(1000));
        Assert.Equal(0, scripted.Subject.RoundTrip);
    }

    [Fact]
    public void A_closed_window_is_asked_with_one_chunk_for_ever_as_long_as_it_is_answered()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 10 * Piece);
        scripted.Give(RawChunk.Sack(1003, window: 0));
        _ = scripted.Sent;
        for (int at = 0; at < 30; at++)
        {
            scripted.Wait(scripted.Options.LongestTimeout);
            Assert.Equal([1004u], scripted.SentChunks.Select(static chunk => chunk.Tsn).Distinct());
            scripted.Give(RawChunk.Sack(1003, window: 0));
            Assert.Empty(scripted.Sent);
        }

        Assert.Null(scripted.Ended);
        scripted.Give(RawChunk.Sack(1004, window: 50_000));
        Assert.NotEmpty(scripted.Sent);
    }

    [Fact]
    public void The_other_ends_window_bounds_what_is_on_its_way()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(window: 2500);
        scripted.Send(new OutboundStream(1), 10 * Piece);
        Assert.Equal(2, scripted.Sent.Length);
        scripted.Give(RawChunk.Sack(1001, window: 1200));
        Assert.Single(scripted.Sent);
    }

    [Fact]
    public void No_more_than_four_packets_leave_at_once()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 200_000);
        Acknowledge(scripted, 1000, 1020);
        _ = scripted.Sent;
        uint all = 1020 + (uint)(scripted.Subject.Flight / Chunk);
        scripted.Now += 10;
        scripted.Give(RawChunk.Sack(all));
        Assert.Equal(4, scripted.Sent.Length);
        long before = scripted.Now;
        scripted.Wait();
        Assert.Equal(1, scripted.Now - before);
        Assert.Equal(4, scripted.Sent.Length);
    }

    [Fact]
    public void An_old_acknowledgement_changes_nothing_and_one_of_what_was_never_sent_ends_the_association()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 10 * Piece);
        scripted.Give(RawChunk.Sack(1002));
        int flight = scripted.Subject.Flight;
        _ = scripted.Sent;
        scripted.Give(RawChunk.Sack(1001, window: 0));
        Assert.Equal(flight, scripted.Subject.Flight);
        Assert.Empty(scripted.Sent);
        scripted.Give(RawChunk.Sack(2000));
        Assert.Equal(new AssociationEnd(AssociationEndKind.Aborted, ErrorCause.ProtocolViolation), scripted.Ended);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 500)]
    public void A_gap_block_that_cannot_be_ends_the_association(int from, int to)
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 3 * Piece);
        scripted.Give(RawChunk.Sack(999, gaps: ((ushort)from, (ushort)to)));
        Assert.Equal(ErrorCause.ProtocolViolation, scripted.Ended?.Cause);
    }

    [Fact]
    public void What_the_other_end_had_and_has_forgotten_is_sent_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 3 * Piece);
        scripted.Give(RawChunk.Sack(999, gaps: (2, 3)));
        Assert.Equal(Chunk, scripted.Subject.Flight);
        scripted.Give(RawChunk.Sack(1000));
        Assert.Equal(2 * Chunk, scripted.Subject.Flight);
        _ = scripted.Sent;
        scripted.Wait();
        Assert.Equal(1001u, scripted.SentChunks[0].Tsn);
    }

    [Fact]
    public void Everything_that_waits_is_bounded()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(new SctpOptions { SendBuffer = 10_000, FirstTsn = 1 }, window: 1500);
        var stream = new OutboundStream(1);
        int sent = 0;
        while (scripted.Send(stream, 936) == SendResult.Sent)
        {
            sent++;
        }

        Assert.Equal(10, sent);
        Assert.Equal(10_000, scripted.Subject.Buffered);
        scripted.Give(RawChunk.Sack(1, window: 1500));
        Assert.Equal(9000, scripted.Subject.Buffered);
        Assert.Equal(SendResult.Sent, scripted.Send(stream, 936));
    }

    [Fact]
    public void After_an_idle_time_the_window_is_what_it_is_at_most_at_first()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(new SctpOptions { HeartbeatInterval = 0, FirstTsn = 1000 });
        var stream = new OutboundStream(1);
        scripted.Send(stream, 100_000);
        Acknowledge(scripted, 1000, 1000 + (100_000 / Piece));
        Assert.True(scripted.Subject.CongestionWindow > 12_000);
        scripted.Wait(60_000);
        scripted.Send(stream, 10);
        Assert.Equal(4 * 1188, scripted.Subject.CongestionWindow);
    }

    [Fact]
    public void Nothing_is_sent_now_that_would_have_to_wait()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(new SctpOptions { FirstTsn = 1000, Burst = 100 });
        var stream = new OutboundStream(1);
        var terms = new DeliveryTerms(isUnordered: true, mostRetransmissions: 0);
        int sent = 0;
        while (scripted.Subject.TrySendNow(stream, 53, new byte[1100], terms, scripted.Now))
        {
            sent++;
        }

        Assert.Equal(4, sent);
        Assert.Equal(0, scripted.Subject.Buffered);
        Assert.Equal(4, scripted.Sent.Length);
        Assert.False(scripted.Subject.MaySend(1, scripted.Now));
        scripted.Give(RawChunk.Sack(1001));
        Assert.True(scripted.Subject.MaySend(1, scripted.Now));
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void No_more_chunks_are_on_their_way_than_a_receiver_has_places_for_however_small()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(new SctpOptions { FirstTsn = 1000, Burst = 1000, SendBuffer = 8 << 20 }, window: 10_000_000);
        var stream = new OutboundStream(1);
        uint tsn = 1000;
        while (scripted.Subject.CongestionWindow < 100_000)
        {
            scripted.Send(stream, 200_000);
            uint last = tsn + (uint)(scripted.Subject.Flight / Chunk);
            for (; tsn < last; tsn++)
            {
                scripted.Give(RawChunk.Sack(tsn, window: 10_000_000));
            }
        }

        while (scripted.Subject.Flight > 0)
        {
            scripted.Give(RawChunk.Sack(scripted.SentChunks.LastOrDefault()?.Tsn ?? tsn++, window: 10_000_000));
        }

        _ = scripted.Sent;
        var terms = new DeliveryTerms(isUnordered: true, mostRetransmissions: 0);
        int sent = 0;
        while (scripted.Subject.TrySendNow(stream, 53, [1], terms, scripted.Now))
        {
            sent++;
            scripted.Now++;
        }

        Assert.Equal(4096, sent);
    }

    /// <summary>Acknowledges one chunk after the other, as far as they were sent.</summary>
    private static void Acknowledge(ScriptedAssociation scripted, uint from, uint to)
    {
        for (uint tsn = from; tsn <= to; tsn++)
        {
            scripted.Now++;
            scripted.Give(RawChunk.Sack(tsn, window: 1_000_000));
            Assert.Null(scripted.Ended);
        }
    }
}
