using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section7_4_StatusCodes
{
    [Fact]
    public void Every_code_is_read_or_refused_as_the_registry_says()
    {
        for (int code = 0; code <= ushort.MaxValue; code++)
        {
            bool allowed = code is 1000 or 1001 or 1002 or 1003 or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
            using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
            Memory<byte> input = RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(code));
            Assert.True(reader.TryRead(ref input, out WebSocketReceived received));
            Assert.Equal(allowed ? WebSocketReceivedKind.Close : WebSocketReceivedKind.Violation, received.Kind);
            Assert.Equal(allowed ? code : 1002, (int)received.CloseCode);
            Assert.Equal(allowed, ((WebSocketCloseCode)code).MayBeSent());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(1100)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65535)]
    public void A_code_that_no_frame_may_carry_is_a_violation_that_names_it(int code) =>
        Assert.Equal(
            [$"Violation 1002: No close frame may carry the code {code}."],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(code, RawFrame.Utf8("why")))));

    [Theory]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(2999)]
    [InlineData(5000)]
    public void The_writer_refuses_a_code_that_no_frame_may_carry(int code) =>
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteClose(new byte[200], (WebSocketCloseCode)code));

    [Fact]
    public void The_close_code_of_every_fault_may_be_sent() =>
        Assert.All(ErrorCode.All, fault => Assert.InRange(fault.Close, 4000, 4999));
}
