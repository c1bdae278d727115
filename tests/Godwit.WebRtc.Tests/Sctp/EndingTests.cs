using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 9260 §8 and §9: SHUTDOWN, ABORT, packets of no association, heartbeats.</summary>
public sealed class EndingTests
{
    [Fact]
    public void A_shutdown_waits_for_what_is_on_its_way_and_takes_nothing_more()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        scripted.Send(stream, 10);
        scripted.Subject.Shutdown(scripted.Now);
        Assert.Equal(SendResult.Closed, scripted.Send(stream, 10));
        Assert.Equal([ChunkType.Payload], scripted.SentChunks.Select(static chunk => chunk.Kind));
        scripted.GiveMessage("still taken");
        _ = scripted.Sent;
        scripted.Give(RawChunk.Sack(1000));
        RawChunk shutdown = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.Shutdown, 5000u), (shutdown.Kind, shutdown.Tsn));
        Assert.Equal(AssociationState.ShutdownSent, scripted.Subject.State);

        // What still comes is acknowledged together with the SHUTDOWN.
        scripted.GiveMessage("and this", sequence: 1);
        Assert.Equal([ChunkType.Shutdown, ChunkType.Sack], scripted.SentChunks.Select(static chunk => chunk.Kind).Order().Reverse());
        scripted.Give(RawChunk.Of(ChunkType.ShutdownAck));
        Assert.Equal(ChunkType.ShutdownComplete, Assert.Single(scripted.SentChunks).Kind);
        Assert.Equal(AssociationEndKind.Shutdown, scripted.Ended?.Kind);
        Assert.Equal(Association.Never, scripted.Subject.NextDeadline);
    }

    [Fact]
    public void A_shutdown_of_the_other_end_is_answered_once_everything_has_arrived_there()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 10);
        _ = scripted.Sent;
        scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999)));
        Assert.Equal(AssociationState.ShutdownReceived, scripted.Subject.State);
        Assert.Empty(scripted.Sent);
        scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(1000)));
        Assert.Equal(ChunkType.ShutdownAck, Assert.Single(scripted.SentChunks).Kind);
        scripted.Give(RawChunk.Of(ChunkType.ShutdownComplete));
        Assert.Equal(AssociationEndKind.Shutdown, scripted.Ended?.Kind);
    }

    [Fact]
    public void Both_ends_may_shut_down_at_once()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Shutdown(scripted.Now);
        _ = scripted.Sent;
        scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999)));
        Assert.Equal(ChunkType.ShutdownAck, Assert.Single(scripted.SentChunks).Kind);
        scripted.Give(RawChunk.Of(ChunkType.ShutdownAck));
        Assert.Equal(ChunkType.ShutdownComplete, Assert.Single(scripted.SentChunks).Kind);
        Assert.Equal(AssociationEndKind.Shutdown, scripted.Ended?.Kind);
    }

    [Fact]
    public void A_SHUTDOWN_without_an_answer_is_repeated_and_given_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Shutdown(scripted.Now);
        int times = 0;
        while (scripted.Ended is null)
        {
            times += scripted.SentChunks.Count(static chunk => chunk.Kind == ChunkType.Shutdown);
            scripted.Wait();
        }

        Assert.Equal(11, times);
        Assert.Equal(AssociationEndKind.Unreachable, scripted.Ended?.Kind);
    }

    [Fact]
    public void An_end_that_only_goes_on_sending_after_a_SHUTDOWN_is_aborted_in_the_end()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Shutdown(scripted.Now);
        long began = scripted.Now;
        for (ushort at = 0; scripted.Ended is null; at++)
        {
            Assert.True(scripted.Now - began <= scripted.Options.ShutdownGuard);
            scripted.GiveMessage("more", sequence: at);
            scripted.Wait(500);
        }

        Assert.Equal(AssociationEndKind.Aborted, scripted.Ended?.Kind);
        Assert.Equal(ChunkType.Abort, scripted.SentChunks[^1].Kind);
    }

    [Fact]
    public void A_SHUTDOWN_ACK_that_comes_again_after_the_end_is_answered_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Shutdown(scripted.Now);
        scripted.Give(RawChunk.Of(ChunkType.ShutdownAck));
        _ = scripted.Sent;
        scripted.Give(RawChunk.Of(ChunkType.ShutdownAck));
        Assert.Equal((ChunkType.ShutdownComplete, 1), (scripted.SentChunks.Single().Kind, 1));
    }

    [Fact]
    public void An_INIT_while_the_end_is_being_acknowledged_gets_the_acknowledgement_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999)));
        _ = scripted.Sent;
        scripted.GiveTo(0, RawChunk.Init(9, 9));
        Assert.Equal(ChunkType.ShutdownAck, Assert.Single(scripted.SentChunks).Kind);
    }

    public static TheoryData<string> States => ["CookieWait", "CookieEchoed", "Established", "ShutdownPending", "ShutdownSent", "ShutdownReceived", "ShutdownAckSent"];

    [Theory]
    [MemberData(nameof(States))]
    public void An_ABORT_ends_the_association_in_every_state_if_its_tag_is_right(string state)
    {
        ScriptedAssociation scripted = In(state);
        RawChunk abort = RawChunk.Of(ChunkType.Abort, RawChunk.Parameter(12, 65));
        scripted.GiveTo(scripted.OwnTag + 1, abort);
        scripted.GiveTo(ScriptedAssociation.PeerTag + 1, abort with { Flags = 1 });
        scripted.GiveTo(ScriptedAssociation.PeerTag, abort);
        scripted.GiveTo(0, abort);
        scripted.GiveTo(0, abort with { Flags = 1 });
        Assert.Null(scripted.Ended);
        scripted.Give(abort);
        Assert.Equal(new AssociationEnd(AssociationEndKind.AbortedByPeer, ErrorCause.UserAbort), scripted.Ended);
        Assert.Equal((AssociationState.Ended, 0, 0, Association.Never), (scripted.Subject.State, scripted.Subject.Buffered, scripted.Subject.Held, scripted.Subject.NextDeadline));
        Assert.Empty(scripted.Sent);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void This_end_can_abort_in_every_state(string state)
    {
        ScriptedAssociation scripted = In(state);
        scripted.Subject.Abort(scripted.Now);
        Assert.Equal(AssociationEndKind.Aborted, scripted.Ended?.Kind);
        if (state != "CookieWait")
        {
            RawPacket packet = Assert.Single(scripted.Sent);
            Assert.Equal((ScriptedAssociation.PeerTag, ChunkType.Abort), (packet.Tag, packet.Chunks.Single().Kind));
        }

        scripted.Subject.Abort(scripted.Now);
        scripted.Subject.Shutdown(scripted.Now);
        scripted.Subject.OnDeadline(scripted.Now + 100_000);
        Assert.Empty(scripted.Sent);
        scripted.GiveMessage("late");
        Assert.Equal(1, scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.Abort).Flags);
        Assert.Empty(scripted.Messages);
        Assert.Equal(SendResult.Closed, scripted.Send(new OutboundStream(1), 1));
    }

    [Fact]
    public void An_ABORT_with_the_tag_of_the_other_end_counts_if_it_says_so()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveTo(ScriptedAssociation.PeerTag, RawChunk.WithFlags(ChunkType.Abort, 1));
        Assert.Equal(new AssociationEnd(AssociationEndKind.AbortedByPeer), scripted.Ended);
    }

    [Theory]
    [InlineData("Payload", "Abort")]
    [InlineData("Sack", "Abort")]
    [InlineData("Heartbeat", "Abort")]
    [InlineData("Shutdown", "Abort")]
    [InlineData("ShutdownAck", "ShutdownComplete")]
    public void A_packet_of_no_association_is_answered_with_its_own_tag(string type, string answer)
    {
        var scripted = new ScriptedAssociation();
        scripted.GiveTo(77, RawChunk.Of(Enum.Parse<ChunkType>(type), new byte[20]));
        RawPacket packet = Assert.Single(scripted.Sent);
        Assert.Equal((77u, Enum.Parse<ChunkType>(answer), 1), (packet.Tag, packet.Chunks.Single().Kind, packet.Chunks[0].Flags));
        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
    }

    [Theory]
    [InlineData("Abort")]
    [InlineData("ShutdownComplete")]
    [InlineData("CookieAck")]
    [InlineData("Error")]
    [InlineData("InitAck")]
    public void Some_packets_of_no_association_are_dropped(string type)
    {
        var scripted = new ScriptedAssociation();
        scripted.GiveTo(77, RawChunk.Of(Enum.Parse<ChunkType>(type), new byte[20]));
        scripted.GiveTo(0, RawChunk.WithFlags(Enum.Parse<ChunkType>(type), 1, new byte[20]));
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void A_packet_with_another_tag_port_or_checksum_changes_nothing()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        RawChunk message = RawChunk.Payloads(5000, "x");
        scripted.GiveTo(scripted.OwnTag + 1, message);
        scripted.GiveTo(ScriptedAssociation.PeerTag, message);
        scripted.Subject.Receive(new RawPacket(scripted.OwnTag, [message], SourcePort: 5001).ToArray(), scripted.Now);
        scripted.Subject.Receive(new RawPacket(scripted.OwnTag, [message], DestinationPort: 4999).ToArray(), scripted.Now);
        byte[] broken = new RawPacket(scripted.OwnTag, [message]).ToArray();
        broken[^1] ^= 1;
        scripted.Subject.Receive(broken, scripted.Now);
        Assert.Empty(scripted.Messages);
        Assert.Empty(scripted.Sent);
        scripted.Give(message);
        Assert.Single(scripted.Messages);
    }

    [Theory]
    [InlineData(0x3F, false, false)]
    [InlineData(0x7F, true, false)]
    [InlineData(0xBF, false, true)]
    [InlineData(0xFF, true, true)]
    public void An_unknown_chunk_is_skipped_and_reported_as_its_bits_say(int type, bool isReported, bool isSkipped)
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(new RawChunk((byte)type, 0, [1, 2, 3, 4]), RawChunk.Payloads(5000, "behind", flags: 3 | 8));
        RawChunk[] sent = scripted.SentChunks;
        Assert.Equal(isReported, sent.Any(static chunk => chunk.Kind == ChunkType.Error && chunk.Half(0) == (ushort)ErrorCause.UnrecognizedChunk));
        Assert.Equal(isSkipped ? 1 : 0, scripted.Messages.Count);
    }

    [Fact]
    public void A_heartbeat_comes_back_as_it_was()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        byte[] note = RawChunk.Parameter(1, [1, 2, 3, 4, 5, 6, 7]);
        scripted.Give(RawChunk.Of(ChunkType.Heartbeat, note));
        RawChunk answer = Assert.Single(scripted.SentChunks);
        Assert.Equal(ChunkType.HeartbeatAck, answer.Kind);
        Assert.Equal(note, answer.Body);
        scripted.Give(RawChunk.Of(ChunkType.Heartbeat, new byte[5000]));
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void An_idle_path_is_asked_and_an_answer_tells_the_round_trip()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        long before = scripted.Now;
        scripted.Wait();
        Assert.Equal(30_000, scripted.Now - before);
        RawChunk heartbeat = Assert.Single(scripted.SentChunks);
        Assert.Equal(ChunkType.Heartbeat, heartbeat.Kind);
        scripted.Now += 70;
        scripted.Give(RawChunk.Of(ChunkType.HeartbeatAck, [.. heartbeat.Body[..^1], (byte)(heartbeat.Body[^1] ^ 1)]));
        Assert.Equal(0, scripted.Subject.RoundTrip);
        scripted.Give(RawChunk.Of(ChunkType.HeartbeatAck, heartbeat.Body));
        Assert.Equal(70, scripted.Subject.RoundTrip);
    }

    [Fact]
    public void A_path_that_does_not_answer_is_given_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        int heartbeats = 0;
        while (scripted.Ended is null)
        {
            scripted.Wait();
            heartbeats += scripted.SentChunks.Count(static chunk => chunk.Kind == ChunkType.Heartbeat);
        }

        Assert.Equal(11, heartbeats);
        Assert.Equal(AssociationEndKind.Unreachable, scripted.Ended?.Kind);
    }

    private static ScriptedAssociation In(string state)
    {
        if (state.StartsWith("Cookie", StringComparison.Ordinal))
        {
            ScriptedAssociation begun = ScriptedAssociation.Begun();
            if (state == "CookieEchoed")
            {
                begun.Give(RawChunk.Init(ScriptedAssociation.PeerTag, 1, parameters: RawChunk.Parameter(7, 1, 2, 3, 4), isAck: true));
            }

            _ = begun.Sent;
            return begun;
        }

        ScriptedAssociation scripted = ScriptedAssociation.Established();
        var stream = new OutboundStream(1);
        switch (state)
        {
            case "ShutdownPending":
                scripted.Send(stream, 5000);
                scripted.Subject.Shutdown(scripted.Now);
                break;
            case "ShutdownSent":
                scripted.Subject.Shutdown(scripted.Now);
                break;
            case "ShutdownReceived":
                scripted.Send(stream, 5000);
                scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999)));
                break;
            case "ShutdownAckSent":
                scripted.Give(RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999)));
                break;
            default:
                scripted.Give(RawChunk.Payloads(5001, "held", sequence: 1));
                break;
        }

        Assert.Equal(state, scripted.Subject.State.ToString());
        _ = scripted.Sent;
        return scripted;
    }
}
