using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_5_ControlFrames
{
    [Theory]
    [InlineData(RawFrame.Close)]
    [InlineData(RawFrame.Ping)]
    [InlineData(RawFrame.Pong)]
    public void A_fragmented_control_frame_is_a_violation(int opcode)
    {
        byte[] frame = RawFrame.Masked(opcode, RawFrame.Utf8("begun"));
        Assert.Equal(["Violation 1002: A control frame is fragmented."], Reading.ByServer(frame, RawFrame.Masked(RawFrame.Fin, RawFrame.Utf8("more"))));
        Assert.Equal(1, Reading.OctetsUntilViolation(frame));
    }

    [Theory]
    [InlineData(RawFrame.Close, 126)]
    [InlineData(RawFrame.Ping, 126)]
    [InlineData(RawFrame.Pong, 126)]
    [InlineData(RawFrame.Ping, 65536)]
    public void A_control_frame_of_more_than_125_octets_is_a_violation(int opcode, int length)
    {
        byte[] head = RawFrame.MaskedHead(RawFrame.Fin | opcode, length);
        Assert.Equal(["Violation 1002: A control frame is longer than 125 octets."], Reading.ByServer(head));
        Assert.Equal(2, Reading.OctetsUntilViolation(head));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public void A_ping_or_pong_of_up_to_125_octets_of_any_kind_is_read(int length)
    {
        byte[] payload = [.. Enumerable.Range(0, length).Select(i => (byte)(0xFF - i))];
        Assert.Equal([Reading.Ping(payload)], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, payload)));
        Assert.Equal([Reading.Pong(payload)], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Pong, payload)));
        Assert.Equal([Reading.Ping(payload)], Reading.ByClient(RawFrame.Unmasked(RawFrame.Fin | RawFrame.Ping, payload)));
    }

    [Fact]
    public void Many_pings_and_pongs_are_read_in_order()
    {
        byte[][] frames = [.. Enumerable.Range(0, 20).Select(i => RawFrame.Masked(RawFrame.Fin | (i % 2 == 0 ? RawFrame.Ping : RawFrame.Pong), (byte)i))];
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? Reading.Ping((byte)i) : Reading.Pong((byte)i)), Reading.ByServer(frames));
    }

    [Fact]
    public void A_ping_and_a_pong_are_written_for_either_role()
    {
        byte[] frame = new byte[WebSocketFrameWriter.MaxControlFrameLength];
        Assert.Equal([Reading.Ping()], Reading.ByClient(frame[..WebSocketFrameWriter.WritePing(frame)]));
        Assert.Equal([Reading.Ping(1, 2)], Reading.ByServer(frame[..WebSocketFrameWriter.WritePing(frame, [1, 2], WebSocketRole.Client)]));
        Assert.Equal([Reading.Pong(3)], Reading.ByClient(frame[..WebSocketFrameWriter.WritePong(frame, [3])]));
        Assert.Equal([Reading.Pong()], Reading.ByServer(frame[..WebSocketFrameWriter.WritePong(frame, [], WebSocketRole.Client)]));
        Assert.Equal(frame.Length, WebSocketFrameWriter.WritePong(frame, new byte[125], WebSocketRole.Client));
    }

    [Fact]
    public void The_writer_makes_no_control_frame_that_a_reader_would_refuse()
    {
        byte[] frame = new byte[300];
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WritePing(frame, new byte[126]));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WritePong(frame, new byte[126], WebSocketRole.Client));
        Assert.Throws<ArgumentException>(() => WebSocketFrameWriter.WriteHeader(frame, WebSocketOpcode.Close, fin: false, 2));
    }
}
