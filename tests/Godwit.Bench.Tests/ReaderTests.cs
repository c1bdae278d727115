using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Tests;

/// <summary>However the octets arrive, each entry is delivered once; what is not an entry is noticed.</summary>
public sealed class ReaderTests
{
    private const int Entries = 12;
    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray()) { Welcome = "{\"op\":\"joined\""u8.ToArray() };

    [Fact]
    public void A_WebSocket_reader_takes_its_entries_however_they_are_cut() =>
        CutAnyhow(static ledger => new WebSocketReader(ledger, [], s_dialect),
        [
            .. "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"u8, .. Frame("{\"op\":\"joined\",\"room\":\"bench\"}"),
            .. Numbers().SelectMany(static number => Frame($"{{\"op\":\"entry\",\"offset\":{number},\"data\":{{\"n\":{number},\"pad\":\"{new string('x', 110)}\"}}}}")),
        ]);

    [Fact]
    public void An_event_stream_reader_takes_its_entries_however_they_are_cut() =>
        CutAnyhow(static ledger => new EventStreamReader(ledger, []),
        [
            .. "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8,
            .. Chunk("retry: 2000\nid: E-0-M\n\n"),
            .. Numbers().SelectMany(static number => Chunk($": a heartbeat\n\nid: E-{number}-M\nevent: message\ndata: {{\"n\":{number}}}\n\n")),
        ]);

    [Fact]
    public void An_event_stream_reader_without_offsets_takes_the_publishers_numbers() =>
        CutAnyhow(static ledger => new EventStreamReader(ledger, [], "\"n\":"u8.ToArray()),
        [
            .. "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"u8, .. ": hi\n\n"u8,
            .. Numbers().SelectMany(static number => Encoding.ASCII.GetBytes($"id: 170000:{number - 1}\ndata: {{\"n\":{number}}}\n\n")),
        ]);

    [Theory]
    [InlineData("{\"op\":\"gap\",\"room\":\"bench\"}")]
    [InlineData("{\"op\":\"reset\",\"room\":\"bench\"}")]
    public void A_gap_or_reset_makes_the_measurement_void(string frame)
    {
        WebSocketReader reader = new(new Ledger(1, Entries, ordered: true), [], s_dialect);
        reader.Consume((byte[])[.. "HTTP/1.1 101 Switching Protocols\r\n\r\n"u8, .. Frame("{\"op\":\"joined\"}"), .. Frame(frame)]);

        Assert.Contains(frame, reader.Fault);
    }

    [Fact]
    public void A_refused_upgrade_makes_the_measurement_void()
    {
        WebSocketReader reader = new(new Ledger(1, Entries, ordered: true), [], s_dialect);
        reader.Consume("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

        Assert.Contains("503", reader.Fault);
    }

    [Fact]
    public void The_end_of_an_event_stream_is_noticed()
    {
        EventStreamReader reader = new(new Ledger(1, Entries, ordered: true), []);
        reader.Consume("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"u8.ToArray());

        Assert.Equal("the event stream ended", reader.Fault);
    }

    private static IEnumerable<int> Numbers() => Enumerable.Range(1, Entries);

    private static void CutAnyhow(Func<Ledger, Reader> create, byte[] octets) => Gen.Int[1, 400].Array[1, 20].Sample(sizes =>
    {
        Reader reader = create(new Ledger(1, Entries, ordered: true));
        int at = 0;
        for (int i = 0; at < octets.Length; i++)
        {
            // As the receive loop does it: what is left over comes first.
            int size = Math.Min(sizes[i % sizes.Length], octets.Length - at);
            byte[] arrived = [.. reader.Rest, .. octets.AsSpan(at, size)];
            at += size;
            int consumed = reader.Consume(arrived);
            reader.Keep(arrived.AsSpan(consumed));
        }

        Assert.Null(reader.Fault);
        Assert.True(reader.Ready);
        Assert.Equal(Entries, reader.Delivered);
    });

    private static byte[] Frame(string text)
    {
        byte[] payload = Encoding.ASCII.GetBytes(text);
        if (payload.Length < 126)
        {
            return [0x81, (byte)payload.Length, .. payload];
        }

        byte[] head = [0x81, 126, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)payload.Length);
        return [.. head, .. payload];
    }

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes($"{text.Length:x}\r\n{text}\r\n");
}
