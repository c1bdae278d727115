using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section10_4_Limits
{
    private const int Limit = 1000;
    private const string Violation = "Violation 1009: A message is larger than 1000 octets.";

    [Fact]
    public void A_message_of_exactly_the_limit_is_taken()
    {
        byte[] payload = new byte[Limit];
        Assert.Equal([Reading.Binary(payload)], Read(RawFrame.Masked(RawFrame.Fin | RawFrame.Binary, payload)));
        Assert.Equal(
            [Reading.Binary(payload), Reading.Binary(payload)],
            Read(
                RawFrame.Masked(RawFrame.Binary, payload[..600]),
                RawFrame.Masked(RawFrame.Fin, payload[600..]),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Binary, payload)));
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(65536)]
    [InlineData(long.MaxValue)]
    public void A_larger_message_is_refused_by_its_header(long length)
    {
        byte[] head = RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Text, length);
        Assert.Equal([Violation], Read(head));
        Assert.Equal(head.Length - 4, Reading.OctetsUntilViolation(head, Limit));
    }

    [Theory]
    [InlineData(600, 401)]
    [InlineData(1000, 1)]
    [InlineData(1, 1000)]
    public void A_fragment_that_would_make_the_message_too_large_is_refused_by_its_header(int first, int second)
    {
        byte[] begun = RawFrame.Masked(RawFrame.Binary, new byte[first]);
        byte[] ping = RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, new byte[125]);
        byte[] head = RawFrame.MaskedHead(RawFrame.Continuation, second);
        Assert.Equal([Reading.Ping(new byte[125]), Violation], Read(begun, ping, head));
        Assert.Equal(begun.Length + head.Length - 4, Reading.OctetsUntilViolation(Reading.Concat(begun, head), Limit));
    }

    [Fact]
    public void Control_frames_do_not_count()
    {
        byte[] ping = RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, new byte[125]);
        Assert.Equal([Reading.Ping(new byte[125])], Reading.EveryWay(WebSocketRole.Server, 1, ping));
        Assert.Equal(
            [Reading.Ping(new byte[125]), Reading.Binary(new byte[Limit])],
            Read(RawFrame.Masked(RawFrame.Binary, new byte[Limit]), ping, RawFrame.Masked(RawFrame.Fin)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(WebSocketReader.MaxMessageSizeLimit + 1)]
    public void A_limit_out_of_range_is_refused(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketReader(WebSocketRole.Server, limit));

    [Fact]
    public void What_is_held_follows_what_has_arrived_and_not_what_is_announced()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, WebSocketReader.MaxMessageSizeLimit);
        Memory<byte> head = RawFrame.MaskedHead(RawFrame.Fin | RawFrame.Binary, WebSocketReader.MaxMessageSizeLimit);
        Assert.False(reader.TryRead(ref head, out _));
        Assert.Equal(0, reader.BufferLength);

        for (int arrived = 1; arrived <= 200_000; arrived++)
        {
            Memory<byte> octet = new byte[1];
            Assert.False(reader.TryRead(ref octet, out _));
            Assert.InRange(reader.BufferLength, arrived, Math.Max(16, 2 * arrived));
        }
    }

    [Fact]
    public void A_buffer_is_held_only_until_its_message_has_been_used()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Limit);
        byte[] frame = RawFrame.Masked(RawFrame.Fin | RawFrame.Binary, 1, 2, 3);
        Memory<byte> input = frame.AsMemory(0, 7);
        Assert.False(reader.TryRead(ref input, out _));
        Assert.True(reader.BufferLength > 0);

        input = frame.AsMemory(7);
        Assert.True(reader.TryRead(ref input, out WebSocketReceived received));
        Assert.Equal(new byte[] { 1, 2, 3 }, received.Payload.ToArray());
        Assert.False(reader.TryRead(ref input, out _));
        Assert.Equal(0, reader.BufferLength);
        Assert.True(reader.IsIdle);
    }

    [Fact]
    public void A_cut_ping_holds_a_buffer_only_until_it_has_been_used()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Limit);
        byte[] frame = RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 1, 2);
        Memory<byte> input = frame.AsMemory(0, 7);
        Assert.False(reader.TryRead(ref input, out _));
        input = frame.AsMemory(7);
        Assert.True(reader.TryRead(ref input, out _));
        Assert.False(reader.TryRead(ref input, out _));
        Assert.Equal(0, reader.BufferLength);
    }

    [Fact]
    public void A_whole_message_in_the_input_needs_no_buffer()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Limit);
        Memory<byte> input = RawFrame.Masked(RawFrame.Fin | RawFrame.Binary, 1, 2, 3);
        Assert.True(reader.TryRead(ref input, out WebSocketReceived received));
        Assert.Equal(3, received.Payload.Length);
        Assert.Equal(0, reader.BufferLength);
    }

    [Fact]
    public void A_violation_a_close_and_disposal_give_the_buffer_back()
    {
        byte[] begun = RawFrame.Masked(RawFrame.Text, RawFrame.Utf8("begun"));

        var violated = new WebSocketReader(WebSocketRole.Server, Limit);
        Memory<byte> input = Reading.Concat(begun, [0xFF]);
        Assert.True(violated.TryRead(ref input, out _));
        Assert.Equal(0, violated.BufferLength);

        var closed = new WebSocketReader(WebSocketRole.Server, Limit);
        input = Reading.Concat(begun, RawFrame.Masked(RawFrame.Fin | RawFrame.Close));
        Assert.True(closed.TryRead(ref input, out _));
        Assert.False(closed.TryRead(ref input, out _));
        Assert.Equal(0, closed.BufferLength);

        var disposed = new WebSocketReader(WebSocketRole.Server, Limit);
        input = begun;
        Assert.False(disposed.TryRead(ref input, out _));
        Assert.True(disposed.BufferLength > 0);
        disposed.Dispose();
        disposed.Dispose();
        Assert.Equal(0, disposed.BufferLength);
        input = begun;
        Assert.False(disposed.TryRead(ref input, out _));
        Assert.True(input.IsEmpty);
    }

    private static string[] Read(params byte[][] frames) => Reading.EveryWay(WebSocketRole.Server, Limit, Reading.Concat(frames));
}
