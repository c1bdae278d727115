using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section5_4_Fragmentation
{
    private const string Orphan = "Violation 1002: A continuation frame without a message to continue.";
    private const string Interrupted = "Violation 1002: A new message begins before the last one is complete.";

    [Fact]
    public void Fragments_make_one_message() =>
        Assert.Equal(
            [Reading.Text("one, two, three")],
            Reading.ByServer(First("one"), More(", two"), Last(", three")));

    [Fact]
    public void Fragments_of_a_server_make_one_message() =>
        Assert.Equal(
            [Reading.Binary(1, 2, 3)],
            Reading.ByClient(RawFrame.Unmasked(RawFrame.Binary, 1, 2), RawFrame.Unmasked(RawFrame.Continuation), RawFrame.Unmasked(RawFrame.Fin, 3)));

    [Fact]
    public void Fragments_may_be_empty_in_any_place()
    {
        Assert.Equal([Reading.Text("")], Reading.ByServer(First(""), More(""), Last("")));
        Assert.Equal([Reading.Text("middle")], Reading.ByServer(First(""), More("middle"), Last("")));
        Assert.Equal([Reading.Text("end")], Reading.ByServer(First(""), More(""), Last("end")));
    }

    [Fact]
    public void Control_frames_between_fragments_come_in_place() =>
        Assert.Equal(
            [Reading.Ping(1), Reading.Pong(), Reading.Ping(2, 3), Reading.Text("fragmented"), Reading.Text("next")],
            Reading.ByServer(
                First("frag"),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 1),
                More("men"),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Pong),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 2, 3),
                Last("ted"),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("next"))));

    [Fact]
    public void A_close_between_fragments_ends_the_connection_and_the_message_is_dropped() =>
        Assert.Equal(
            ["Close 1000: "],
            Reading.ByServer(First("never"), RawFrame.Masked(RawFrame.Fin | RawFrame.Close, RawFrame.ClosePayload(1000)), Last("whole")));

    [Theory]
    [InlineData(RawFrame.Fin)]
    [InlineData(RawFrame.Continuation)]
    public void A_continuation_of_nothing_is_a_violation(int first)
    {
        byte[] frame = RawFrame.Masked(first, RawFrame.Utf8("orphan"));
        Assert.Equal([Orphan], Reading.ByServer(frame, RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("next"))));
        Assert.Equal([Reading.Text("whole"), Orphan], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("whole")), frame));
        Assert.Equal([Reading.Text("ab"), Orphan], Reading.ByServer(First("a"), Last("b"), frame));
        Assert.Equal(1, Reading.OctetsUntilViolation(frame));
    }

    [Theory]
    [InlineData(RawFrame.Text)]
    [InlineData(RawFrame.Binary)]
    [InlineData(RawFrame.Fin | RawFrame.Text)]
    [InlineData(RawFrame.Fin | RawFrame.Binary)]
    public void A_new_message_within_a_fragmented_one_is_a_violation(int first)
    {
        Assert.Equal([Interrupted], Reading.ByServer(First("begun"), RawFrame.Masked(first, RawFrame.Utf8("new"))));
        Assert.Equal([Interrupted], Reading.ByServer(First(""), RawFrame.Masked(first)));
        Assert.Equal(
            [Reading.Ping(), Interrupted],
            Reading.ByServer(First("begun"), RawFrame.Masked(RawFrame.Fin | RawFrame.Ping), RawFrame.Masked(first, RawFrame.Utf8("new"))));
    }

    [Fact]
    public void A_reader_is_idle_exactly_between_messages()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        Assert.True(reader.IsIdle);

        byte[] octets = Reading.Concat(First("a"), RawFrame.Masked(RawFrame.Fin | RawFrame.Ping), Last("b"));
        for (int i = 0; i < octets.Length; i++)
        {
            Memory<byte> octet = new[] { octets[i] };
            while (reader.TryRead(ref octet, out _))
            {
            }

            Assert.Equal(i == octets.Length - 1, reader.IsIdle);
        }
    }

    private static byte[] First(string text) => RawFrame.Masked(RawFrame.Text, RawFrame.Utf8(text));

    private static byte[] More(string text) => RawFrame.Masked(RawFrame.Continuation, RawFrame.Utf8(text));

    private static byte[] Last(string text) => RawFrame.Masked(RawFrame.Fin, RawFrame.Utf8(text));
}
