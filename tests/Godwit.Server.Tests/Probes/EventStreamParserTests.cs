using System.Text;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Probes;

/// <summary>The probe's reading of event streams, by the WHATWG HTML standard, §9.2.6.</summary>
public sealed class EventStreamParserTests
{
    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void Lines_end_with_LF_CR_or_both_wherever_the_stream_is_cut(string end)
    {
        byte[] stream = Encoding.UTF8.GetBytes($"\uFEFF: hello{end}id: 7{end}event:changed{end}data: one{end}data{end}data:  ü{end}{end}retry: 2000{end}id{end}{end}");
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            var parser = new EventStreamParser();
            parser.Feed(stream.AsSpan(0, cut));
            parser.Feed(stream.AsSpan(cut));
            Assert.Equal(" hello", parser.Take()!.Comment);
            EventStreamBlock first = parser.Take()!;
            Assert.Equal(("7", "changed", "one\n\n ü", null), (first.Id, first.Event, first.Data, first.Retry));
            EventStreamBlock second = parser.Take()!;
            Assert.Equal(("", null, null, 2000), (second.Id, second.Event, second.Data, second.Retry));
            Assert.Null(parser.Take());
        }
    }

    [Fact]
    public void A_block_that_is_not_complete_does_not_count()
    {
        var parser = new EventStreamParser();
        parser.Feed("id: 7\ndata: 1\n"u8);
        Assert.Null(parser.Take());
        parser.Feed("\n"u8);
        Assert.Equal("1", parser.Take()!.Data);
    }

    [Fact]
    public void A_retry_that_is_not_digits_and_an_id_with_NUL_are_ignored()
    {
        var parser = new EventStreamParser();
        parser.Feed("retry: 1.5\nid: a\0b\ncolour: blue\ndata: x\n\n"u8);
        EventStreamBlock block = parser.Take()!;
        Assert.Equal((null, null, "x"), (block.Retry, block.Id, block.Data));
    }
}
