using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 9260 §5: how an association begins.</summary>
public sealed class HandshakeTests
{
    [Fact]
    public void An_INIT_makes_no_state_and_its_cookie_makes_the_association()
    {
        var scripted = new ScriptedAssociation();
        RawChunk answer = scripted.Init();
        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
        Assert.Equal(Association.Never, scripted.Subject.NextDeadline);
        Assert.NotEqual(0u, answer.Word(0));
        Assert.True(answer.Word(4) >= 1500);

        scripted.Give(ScriptedAssociation.Cookie(answer));
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
        RawPacket packet = Assert.Single(scripted.Sent);
        Assert.Equal(ScriptedAssociation.PeerTag, packet.Tag);
        Assert.Equal(ChunkType.CookieAck, Assert.Single(packet.Chunks).Kind);
        Assert.Equal(["established"], scripted.Events);
    }

    [Fact]
    public void Each_INIT_is_answered_with_other_numbers()
    {
        var scripted = new ScriptedAssociation(new SctpOptions());
        RawChunk one = scripted.Init();
        RawChunk other = scripted.Init();
        Assert.NotEqual(one.Word(0), other.Word(0));
        Assert.NotEqual(one.Word(12), other.Word(12));
    }

    [Fact]
    public void What_this_end_can_do_stands_in_its_answer()
    {
        RawChunk answer = new ScriptedAssociation().Init();
        byte[] optional = answer.Body[16..];
        Assert.Equal(RawChunk.Parameter(0xC000), optional[..4]);
        Assert.Equal(RawChunk.Parameter(0x8008, 130, 192), optional[4..12]);
    }

    [Fact]
    public void A_cookie_with_any_octet_changed_is_dropped_silently()
    {
        var scripted = new ScriptedAssociation();
        RawChunk cookie = ScriptedAssociation.Cookie(scripted.Init());
        for (int at = 0; at < cookie.Body.Length; at++)
        {
            byte[] changed = [.. cookie.Body];
            changed[at] ^= 1;
            scripted.Give(cookie with { Body = changed });
        }

        scripted.Give(cookie with { Body = cookie.Body[..^1] });
        Assert.Empty(scripted.Sent);
        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
        scripted.Give(cookie);
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
    }

    [Fact]
    public void A_cookie_of_another_association_or_with_another_tag_is_dropped()
    {
        var other = new ScriptedAssociation();
        RawChunk foreign = ScriptedAssociation.Cookie(other.Init());
        var scripted = new ScriptedAssociation();
        scripted.GiveTo(other.OwnTag, foreign);
        scripted.GiveTo(12345, ScriptedAssociation.Cookie(scripted.Init()));
        Assert.Empty(scripted.Sent);
        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
    }

    [Fact]
    public void A_cookie_that_is_too_old_is_answered_with_how_much()
    {
        var scripted = new ScriptedAssociation();
        RawChunk cookie = ScriptedAssociation.Cookie(scripted.Init());
        scripted.Now += scripted.Options.CookieLife + 3;
        scripted.Give(cookie);
        RawChunk error = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.Error, (ushort)ErrorCause.StaleCookie, 3000u), (error.Kind, error.Half(0), error.Word(4)));
        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
    }

    [Fact]
    public void A_cookie_that_comes_twice_is_acknowledged_twice_and_changes_nothing()
    {
        var scripted = new ScriptedAssociation();
        RawChunk cookie = ScriptedAssociation.Cookie(scripted.Init());
        scripted.Give(cookie);
        scripted.Now += scripted.Options.CookieLife + 3;
        scripted.Give(cookie);
        Assert.Equal([ChunkType.CookieAck, ChunkType.CookieAck], scripted.SentChunks.Where(static chunk => chunk.Kind != ChunkType.Heartbeat).Select(static chunk => chunk.Kind));
        Assert.Equal(["established"], scripted.Events);
    }

    [Fact]
    public void Messages_behind_the_cookie_are_taken()
    {
        var scripted = new ScriptedAssociation();
        RawChunk cookie = ScriptedAssociation.Cookie(scripted.Init());
        scripted.Give(cookie, RawChunk.Payloads(scripted.PeerTsn, "first"));
        Assert.Equal("first"u8.ToArray(), Assert.Single(scripted.Messages).Message);
    }

    [Theory]
    [InlineData(0u, 100_000u, 10, 10, false)]
    [InlineData(7u, 1499u, 10, 10, true)]
    [InlineData(7u, 100_000u, 0, 10, true)]
    [InlineData(7u, 100_000u, 10, 0, true)]
    public void An_INIT_with_values_that_cannot_be_is_dropped_or_refused(uint tag, uint window, int outgoing, int incoming, bool isAnswered)
    {
        var scripted = new ScriptedAssociation();
        scripted.GiveTo(0, RawChunk.Init(tag, 1, window, (ushort)outgoing, (ushort)incoming));
        RawPacket[] sent = scripted.Sent;
        Assert.Equal(isAnswered ? 1 : 0, sent.Length);
        if (isAnswered)
        {
            Assert.Equal(tag, sent[0].Tag);
            Assert.Equal(ChunkType.Abort, Assert.Single(sent[0].Chunks).Kind);
        }

        Assert.Equal(AssociationState.Closed, scripted.Subject.State);
    }

    [Fact]
    public void An_INIT_counts_only_alone_and_with_tag_zero()
    {
        var scripted = new ScriptedAssociation();
        scripted.GiveTo(1, RawChunk.Init(7, 1));
        scripted.GiveTo(0, RawChunk.Init(7, 1), RawChunk.Of(ChunkType.CookieAck));
        scripted.GiveTo(0, RawChunk.Of(ChunkType.CookieAck), RawChunk.Init(7, 1));
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void Unknown_parameters_are_skipped_or_end_the_list_and_are_reported_as_their_bits_say()
    {
        var scripted = new ScriptedAssociation();
        byte[] parameters = RawChunk.Join(
            RawChunk.Parameter(0x8F01, 1, 2, 3),
            RawChunk.Parameter(0xCF02, 4),
            RawChunk.Parameter(0x4F03, 5),
            RawChunk.Parameter(0xCF04, 6));
        RawChunk answer = scripted.Init(parameters: parameters);
        byte[] reported = RawChunk.Join(RawChunk.Parameter(8, RawChunk.Parameter(0xCF02, 4)[..5]), RawChunk.Parameter(8, RawChunk.Parameter(0x4F03, 5)[..5]));
        Assert.Equal(reported, answer.Body[^reported.Length..]);
        scripted.Give(ScriptedAssociation.Cookie(answer));
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
    }

    [Fact]
    public void More_unknown_parameters_than_fit_are_cut()
    {
        var scripted = new ScriptedAssociation();
        byte[] parameters = RawChunk.Join([.. Enumerable.Range(0, 200).Select(static at => RawChunk.Parameter((ushort)(0xCF00 + at), 1, 2, 3, 4, 5, 6, 7, 8))]);
        Assert.Equal(ChunkType.InitAck, scripted.Init(parameters: parameters).Kind);
    }

    [Fact]
    public void This_end_begins_and_the_other_end_answers()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        byte[] cookie = [1, 2, 3, 4, 5];
        scripted.Give(RawChunk.Init(ScriptedAssociation.PeerTag, scripted.PeerTsn, parameters: RawChunk.Parameter(7, cookie), isAck: true));
        RawPacket echo = Assert.Single(scripted.Sent);
        Assert.Equal(ScriptedAssociation.PeerTag, echo.Tag);
        Assert.Equal(ChunkType.CookieEcho, echo.Chunks[0].Kind);
        Assert.Equal(cookie, echo.Chunks[0].Body);
        Assert.Equal(AssociationState.CookieEchoed, scripted.Subject.State);
        scripted.Give(RawChunk.Of(ChunkType.CookieAck));
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
        Assert.Equal(["established"], scripted.Events);
    }

    [Fact]
    public void An_INIT_ACK_without_a_cookie_ends_the_attempt_and_says_what_is_missing()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        scripted.Give(RawChunk.Init(ScriptedAssociation.PeerTag, 1, isAck: true));
        RawChunk abort = Assert.Single(scripted.SentChunks);
        Assert.Equal((ChunkType.Abort, (ushort)ErrorCause.MissingParameter), (abort.Kind, abort.Half(0)));
        Assert.Equal(AssociationEndKind.Aborted, scripted.Ended?.Kind);
    }

    [Fact]
    public void An_INIT_is_repeated_with_longer_and_longer_waits_and_then_given_up()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        var waits = new List<long>();
        while (scripted.Ended is null)
        {
            long before = scripted.Now;
            scripted.Wait();
            waits.Add(scripted.Now - before);
            if (scripted.Ended is null)
            {
                Assert.Equal(ChunkType.Init, Assert.Single(scripted.SentChunks).Kind);
            }
        }

        Assert.Equal([1000, 2000, 3000, 3000, 3000, 3000, 3000, 3000, 3000], waits);
        Assert.Equal(AssociationEndKind.Unreachable, scripted.Ended?.Kind);
        Assert.Equal(Association.Never, scripted.Subject.NextDeadline);
    }

    [Fact]
    public void A_COOKIE_ECHO_is_repeated()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        scripted.Give(RawChunk.Init(ScriptedAssociation.PeerTag, 1, parameters: RawChunk.Parameter(7, 1, 2, 3, 4), isAck: true));
        _ = scripted.Sent;
        scripted.Wait();
        Assert.Equal(ChunkType.CookieEcho, Assert.Single(scripted.SentChunks).Kind);
    }

    [Fact]
    public void A_stale_cookie_makes_this_end_begin_again()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        scripted.Give(RawChunk.Init(ScriptedAssociation.PeerTag, 1, parameters: RawChunk.Parameter(7, 1, 2, 3, 4), isAck: true));
        _ = scripted.Sent;
        scripted.Give(RawChunk.Of(ChunkType.Error, RawChunk.Parameter(3, 0, 0, 0, 1)));
        RawPacket init = Assert.Single(scripted.Sent);
        Assert.Equal((0u, ChunkType.Init), (init.Tag, init.Chunks[0].Kind));
        Assert.Equal(AssociationState.CookieWait, scripted.Subject.State);
    }

    [Fact]
    public void When_both_begin_at_once_the_INIT_is_answered_with_what_this_end_said_before()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Begun();
        RawChunk answer = scripted.Init();
        Assert.Equal((scripted.OwnTag, 1000u), (answer.Word(0), answer.Word(12)));
        scripted.Give(ScriptedAssociation.Cookie(answer));
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
        Assert.Equal(ChunkType.CookieAck, Assert.Single(scripted.SentChunks).Kind);
    }

    [Fact]
    public void An_end_that_has_lost_its_state_begins_again_and_nothing_of_before_is_left()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Send(new OutboundStream(1), 5000);
        Assert.True(scripted.Subject.Reset(new OutboundStream(7), scripted.Now));
        scripted.GiveMessage("old", sequence: 0);
        _ = scripted.Sent;
        const uint newTag = 0x1111;
        scripted.PeerTsn = 77;
        RawChunk answer = scripted.Init(newTag);
        uint newOwn = answer.Word(0);
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
        Assert.Single(scripted.Events);
        scripted.GiveTo(newOwn, ScriptedAssociation.Cookie(answer));
        Assert.Equal(["established", "established again"], scripted.Events);
        Assert.Equal((0, 0), (scripted.Subject.Buffered, scripted.Subject.Flight));
        Assert.Equal(newTag, scripted.Sent[^1].Tag);
        scripted.GiveTo(newOwn, RawChunk.Payloads(77, "new"));
        var stream = new OutboundStream(2);
        Assert.True(scripted.Subject.Reset(stream, scripted.Now));
        Assert.Equal(1000u, scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.ReConfig).Word(4));
        scripted.GiveTo(newOwn, RawChunk.ResetResponse(1000, 1));
        Assert.Same(stream, Assert.Single(scripted.ResetAnswers));
        Assert.Equal("new"u8.ToArray(), scripted.Messages[^1].Message);
    }

    [Fact]
    public void An_INIT_that_is_only_repeated_does_not_disturb_an_association()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Init();
        scripted.GiveMessage("still here");
        Assert.Single(scripted.Messages);
    }
}
