using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Probes;

/// <summary>A probe that overlooked a breach of the contract would make every test over it worthless.</summary>
public sealed class ProbeFrameParserTests
{
    private const string P = "AAAAAAAAAAB-3-00000c";

    [Fact]
    public void Frames_that_keep_the_contract_are_read()
    {
        ProbeFrame entry = ProbeFrameParser.Frame($$"""{"op":"entry","room":"r","position":"{{P}}","offset":3,"event":"message","data":{ "a":1},"time":5,"future":true}""", "r", 9);
        Assert.Equal((ProbeFrameKind.Entry, P, 3L, "message", "{ \"a\":1}", 5L, 9L), (entry.Kind, entry.Position, entry.Offset, entry.Event, entry.Data, entry.Time, entry.Received));
        ProbeFrame gap = ProbeFrameParser.Frame($$"""{"op":"gap","room":"r","position":"{{P}}","missing":{"from":1,"to":3} }""", "r", 9);
        Assert.Equal(new OffsetRange(1, 3), gap.Missing);
        Assert.Equal("drain", ProbeFrameParser.Frame("""{"op":"error","code":"drain","title":"t"}""", "r", 9).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"op":"entry"}""")]
    [InlineData("""{"op":"surprise","room":"r"}""")]
    [InlineData("""{"op":"joined","room":"r","position":"AAAAAAAAAAB-3-00000c","verdict":"fine"}""")]
    [InlineData("""{"op":"joined","room":"r","position":"AAAAAAAAAAB-3-00000c","verdict":"gap"}""")]
    [InlineData("""{"op":"joined","room":"r","position":"AAAAAAAAAAB-3-00000c","verdict":"ok","missing":{"from":1,"to":2}}""")]
    [InlineData("""{"op":"joined","room":"other","position":"AAAAAAAAAAB-3-00000c","verdict":"ok"}""")]
    [InlineData("""{"op":"joined","room":"r","position":"AAAAAAAAAAB-03-00000c","verdict":"ok"}""")]
    [InlineData("""{"op":"entry","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":4,"event":"e","data":1,"time":5}""")]
    [InlineData("""{"op":"entry","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":3,"event":"e","data":1,"bytes":"","time":5}""")]
    [InlineData("""{"op":"entry","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":3,"event":"e","time":5}""")]
    [InlineData("""{"op":"entry","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":3,"event":"e","bytes":"%","time":5}""")]
    [InlineData("""{"op":"entry","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":3,"event":"godwit","data":1,"time":5}""")]
    [InlineData("""{"op":"entry","room":"r","room":"r","position":"AAAAAAAAAAB-3-00000c","offset":3,"event":"e","data":1,"time":5}""")]
    [InlineData("""{"op":"gap","room":"r","position":"AAAAAAAAAAB-3-00000c","missing":{"from":3,"to":2}}""")]
    [InlineData("""{"op":"reset","room":"r"}""")]
    [InlineData("""{"op":"error","code":"no.such_code","title":"t"}""")]
    [InlineData("""{"op":"error","code":"drain"}""")]
    public void Frames_that_break_the_contract_are_told(string raw)
    {
        Assert.Throws<ContractException>(() => ProbeFrameParser.Frame(raw, "r", 0));
    }

    [Fact]
    public void An_answer_is_its_head_and_its_entries()
    {
        string raw = $$"""{"room":"r","position":"{{P}}","verdict":"ok","entries":[{"op":"entry","room":"r","position":"{{P}}","offset":3,"event":"e","data":1,"time":5}],"next":"?after=x","more":true}""";
        List<ProbeFrame> frames = ProbeFrameParser.Answer(raw, "r", 0, first: false);
        Assert.Equal([ProbeFrameKind.Answer, ProbeFrameKind.Entry], frames.Select(frame => frame.Kind));
        Assert.Equal((true, "?after=x"), (frames[0].More, frames[0].Next));
        Assert.Throws<ContractException>(() => ProbeFrameParser.Answer(raw.Replace("B-3-00000c\",\"verdict", "B-4-00000c\",\"verdict"), "r", 0, first: false));
        Assert.Throws<ContractException>(() => ProbeFrameParser.Answer(raw.Replace("\"next\"", "\"nxt\""), "r", 0, first: false));
    }
}
