using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>RFC 6525: streams that begin again.</summary>
public sealed class ResettingTests
{
    [Fact]
    public void A_stream_is_reset_once_all_of_it_is_sent_and_begins_with_zero()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(window: 1500);
        var stream = new OutboundStream(6);
        scripted.Send(stream, 1000);
        scripted.Send(stream, 1000);
        Assert.True(scripted.Subject.Reset(stream, scripted.Now));
        Assert.Equal([ChunkType.Payload], scripted.SentChunks.Select(static chunk => chunk.Kind));
        Assert.Equal(SendResult.Closed, scripted.Send(stream, 1));
        scripted.Give(RawChunk.Sack(1000));
        RawChunk[] sent = scripted.SentChunks;
        Assert.Equal(ChunkType.Payload, sent[0].Kind);
        scripted.Give(RawChunk.Sack(1001));
        RawChunk request = sent.Concat(scripted.SentChunks).Single(static chunk => chunk.Kind == ChunkType.ReConfig);
        Assert.Equal((13, 1000u, 1001u, 6), (request.Half(0), request.Word(4), request.Word(12), request.Half(16)));
        scripted.Give(RawChunk.ResetResponse(1000, 1));
        Assert.Same(stream, Assert.Single(scripted.ResetAnswers));
        Assert.Equal(ResetProgress.Answered, stream.Reset);
    }

    [Fact]
    public void A_request_without_an_answer_is_repeated_as_it_was_and_one_that_has_to_wait_too()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Reset(new OutboundStream(6), scripted.Now);
        byte[] request = Assert.Single(scripted.SentChunks).Body;
        scripted.Wait();
        Assert.Equal(request, Assert.Single(scripted.SentChunks).Body);
        scripted.Give(RawChunk.ResetResponse(1000, 6));
        Assert.Empty(scripted.ResetAnswers);
        scripted.Wait();
        Assert.Equal(request, Assert.Single(scripted.SentChunks).Body);
        scripted.Give(RawChunk.ResetResponse(999, 1));
        Assert.Empty(scripted.ResetAnswers);
        scripted.Give(RawChunk.ResetResponse(1000, 0));
        scripted.Give(RawChunk.ResetResponse(1000, 0));
        Assert.Single(scripted.ResetAnswers);
    }

    [Fact]
    public void Only_one_request_is_open_at_a_time()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Subject.Reset(new OutboundStream(1), scripted.Now);
        scripted.Subject.Reset(new OutboundStream(2), scripted.Now);
        scripted.Subject.Reset(new OutboundStream(3), scripted.Now);
        Assert.Equal(1, Assert.Single(scripted.SentChunks).Half(16));
        scripted.Give(RawChunk.ResetResponse(1000, 1));
        RawChunk next = Assert.Single(scripted.SentChunks);
        Assert.Equal((1001u, 2, 3), (next.Word(4), next.Half(16), next.Half(18)));
    }

    [Fact]
    public void Where_the_other_end_cannot_reset_nothing_is_asked()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established(parameters: RawChunk.Parameter(0xC000));
        Assert.False(scripted.Subject.Reset(new OutboundStream(1), scripted.Now));
        Assert.Empty(scripted.Sent);
    }

    [Fact]
    public void A_stream_of_the_other_end_begins_again_with_zero()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("a", 3, 0);
        scripted.GiveMessage("b", 3, 1);
        _ = scripted.Sent;
        scripted.Give(RawChunk.ResetRequest(5000, 5001, 3));
        RawChunk response = Assert.Single(scripted.SentChunks);
        Assert.Equal((16, 5000u, 1u), (response.Half(0), response.Word(4), response.Word(8)));
        Assert.Equal([3], scripted.Resets);
        scripted.Give(RawChunk.Payloads(5003, "second", 3, 1), RawChunk.Payloads(5002, "first", 3, 0));
        Assert.Equal(["first", "second"], scripted.Messages[2..].Select(static message => System.Text.Encoding.UTF8.GetString(message.Message)));
    }

    [Fact]
    public void A_request_that_comes_before_what_was_sent_before_it_has_to_wait()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        RawChunk request = RawChunk.ResetRequest(5000, 5000, 3);
        scripted.Give(request);
        Assert.Equal(6u, Assert.Single(scripted.SentChunks).Word(8));
        Assert.Empty(scripted.Resets);
        scripted.GiveMessage("last", 3);
        scripted.Give(request);
        Assert.Equal(1u, scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.ReConfig).Word(8));
        Assert.Single(scripted.Resets);

        // Repeated because the answer was lost: the same answer, and nothing is done again.
        scripted.Give(request);
        Assert.Equal(1u, scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.ReConfig).Word(8));
        Assert.Single(scripted.Resets);
        scripted.Give(RawChunk.ResetRequest(5003, 5000, 3));
        Assert.Equal(5u, scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.ReConfig).Word(8));
    }

    [Fact]
    public void A_request_that_had_to_wait_may_come_with_a_new_number()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.ResetRequest(5000, 5000, 3));
        scripted.GiveMessage("last", 3);
        _ = scripted.Sent;
        scripted.Give(RawChunk.ResetRequest(5001, 5000, 3));
        Assert.Equal((5001u, 1u), (scripted.SentChunks.Single(static chunk => chunk.Kind == ChunkType.ReConfig).Word(4), 1u));
        Assert.Single(scripted.Resets);
    }

    [Fact]
    public void A_request_without_streams_is_for_all_of_them()
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.GiveMessage("a", 3, 0);
        scripted.GiveMessage("a", 4, 0);
        scripted.Give(RawChunk.ResetRequest(5000, 5001));
        Assert.Equal([null], scripted.Resets);
        scripted.GiveMessage("b", 3, 0);
        scripted.GiveMessage("b", 4, 0);
        Assert.Equal(4, scripted.Messages.Count);
    }

    [Theory]
    [InlineData(14, 10)]
    [InlineData(15, 8)]
    [InlineData(17, 12)]
    [InlineData(18, 12)]
    public void Other_requests_are_denied(int kind, int length)
    {
        ScriptedAssociation scripted = ScriptedAssociation.Established();
        scripted.Give(RawChunk.Of(ChunkType.ReConfig, RawChunk.Parameter((ushort)kind, [.. RawChunk.Words(5000), .. new byte[length - 8]])));
        RawChunk response = Assert.Single(scripted.SentChunks);
        Assert.Equal((16, 5000u, 2u), (response.Half(0), response.Word(4), response.Word(8)));
    }
}
