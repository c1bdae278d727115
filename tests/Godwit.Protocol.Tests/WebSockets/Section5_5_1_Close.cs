using System.Text;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_5_1_Close
{
    [Fact]
    public void A_close_without_payload_names_no_status() =>
        Assert.Equal(["Close 1005: "], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close)));

    [Fact]
    public void A_close_of_one_octet_is_a_violation() =>
        Assert.Equal(
            ["Violation 1002: The payload of a close frame is a single octet."],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close, 3)));

    [Theory]
    [InlineData("")]
    [InlineData("Hello World!")]
    [InlineData("κόσμε 𐍈")]
    public void A_close_gives_code_and_reason(string reason)
    {
        byte[] payload = RawFrame.ClosePayload(1000, RawFrame.Utf8(reason));
        Assert.Equal([$"Close 1000: {reason}"], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close, payload)));
        Assert.Equal([$"Close 1000: {reason}"], Reading.ByClient(RawFrame.Unmasked(RawFrame.Fin | RawFrame.Close, payload)));
    }

    [Fact]
    public void A_reason_may_fill_the_frame()
    {
        string reason = new('*', 123);
        Assert.Equal(
            [$"Close 1000: {reason}"],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(1000, RawFrame.Utf8(reason)))));
    }

    [Theory]
    [InlineData("CEBAE1BDB9CF83CEBCCEB5EDA080656469746564")]
    [InlineData("C3")]
    [InlineData("F0908D")]
    public void A_reason_that_is_not_UTF_8_is_a_violation(string reason) =>
        Assert.Equal(
            ["Violation 1007: The reason of a close frame is not UTF-8."],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(1000, Convert.FromHexString(reason)))));

    [Fact]
    public void Nothing_is_read_after_a_close()
    {
        byte[] close = RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(1001));
        Assert.Equal(["Close 1001: "], Reading.ByServer(close, close));
        Assert.Equal(["Close 1001: "], Reading.ByServer(close, RawFrame.Masked(RawFrame.Fin | RawFrame.Ping)));
        Assert.Equal(["Close 1001: "], Reading.ByServer(close, [0xFF, 0xFF, 0xFF]));
        Assert.Equal(["Close 1001: "], Reading.ByServer(close, RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("late"))));
    }

    [Fact]
    public void A_written_close_is_read_with_its_code_and_reason()
    {
        Assert.Equal(["Close 4000: drain"], Reading.ByClient(Write((WebSocketCloseCode)4000, "drain")));
        Assert.Equal(["Close 1000: κόσμε"], Reading.ByServer(Write(WebSocketCloseCode.Normal, "κόσμε", WebSocketRole.Client)));
        Assert.Equal(["Close 1002: "], Reading.ByClient(Write(WebSocketCloseCode.ProtocolError, "")));
    }

    [Fact]
    public void A_close_without_status_is_answered_by_one() =>
        Assert.Equal("8800", Convert.ToHexString(Write(WebSocketCloseCode.NoStatus, "dropped")));

    [Theory]
    [InlineData("*", 123)]
    [InlineData("é", 61)]
    [InlineData("€", 41)]
    [InlineData("𐍈", 30)]
    public void A_long_reason_is_cut_between_characters(string character, int kept)
    {
        string reason = string.Concat(Enumerable.Repeat(character, 200));
        string cut = string.Concat(Enumerable.Repeat(character, kept));
        Assert.Equal([$"Close 1000: {cut}"], Reading.ByClient(Write(WebSocketCloseCode.Normal, reason)));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_reason_becomes_a_replacement_character() =>
        Assert.Equal(["Close 1000: a\uFFFDb"], Reading.ByClient(Write(WebSocketCloseCode.Normal, "a\uD800b")));

    [Fact]
    public void The_sentence_of_every_violation_fits_a_close_frame()
    {
        byte[][] wrong =
        [
            RawFrame.Unmasked(RawFrame.Fin | RawFrame.Text),
            RawFrame.Masked(0xFF),
            RawFrame.Masked(0x8F),
            RawFrame.Masked(RawFrame.Fin),
            Reading.Concat(RawFrame.Masked(RawFrame.Text), RawFrame.Masked(RawFrame.Text)),
            RawFrame.Masked(RawFrame.Ping),
            RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Ping, 126),
            RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Text, 1, 16),
            RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Text, ulong.MaxValue, 64),
            RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Text, long.MaxValue),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Close, 0),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Close, 255, 255),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Close, 3, 232, 255),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Text, 255),
        ];
        Assert.All(wrong, octets =>
        {
            using var reader = new WebSocketReader(WebSocketRole.Server, WebSocketReader.MaxMessageSizeLimit);
            Memory<byte> input = octets;
            Assert.True(reader.TryRead(ref input, out WebSocketReceived received));
            Assert.Equal(WebSocketReceivedKind.Violation, received.Kind);
            Assert.InRange(Encoding.UTF8.GetByteCount(received.Reason), 10, WebSocketFrameWriter.MaxCloseReason);
            Assert.True(received.CloseCode.MayBeSent());
            Assert.True(received.Payload.IsEmpty);
        });
    }

    private static byte[] Write(WebSocketCloseCode code, string reason, WebSocketRole role = WebSocketRole.Server)
    {
        byte[] frame = new byte[WebSocketFrameWriter.MaxControlFrameLength];
        return frame[..WebSocketFrameWriter.WriteClose(frame, code, reason, role)];
    }
}
