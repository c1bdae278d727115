using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_1_Roles
{
    [Theory]
    [InlineData(RawFrame.Text)]
    [InlineData(RawFrame.Binary)]
    [InlineData(RawFrame.Close)]
    [InlineData(RawFrame.Ping)]
    [InlineData(RawFrame.Pong)]
    public void An_unmasked_frame_of_a_client_is_a_violation(int opcode)
    {
        byte[] frame = RawFrame.Unmasked(RawFrame.Fin | opcode);
        Assert.Equal(["Violation 1002: A frame of a client is not masked."], Reading.ByServer(frame));
        Assert.Equal(2, Reading.OctetsUntilViolation(frame));
    }

    [Fact]
    public void A_masked_frame_of_a_server_is_a_violation() =>
        Assert.Equal(
            ["Violation 1002: A frame of a server is masked."],
            Reading.ByClient(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("Hello"))));

    [Fact]
    public void A_violation_in_the_second_frame_comes_after_the_message_of_the_first() =>
        Assert.Equal(
            [Reading.Text("a"), "Violation 1002: A frame of a client is not masked."],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("a")), RawFrame.Unmasked(RawFrame.Fin | RawFrame.Text)));

    [Fact]
    public void After_a_violation_everything_is_dropped()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        Memory<byte> wrong = RawFrame.Unmasked(RawFrame.Fin | RawFrame.Text);
        Assert.True(reader.TryRead(ref wrong, out _));
        Assert.True(reader.HasEnded);

        Memory<byte> more = RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("a"));
        Assert.False(reader.TryRead(ref more, out _));
        Assert.True(more.IsEmpty);
    }
}
