using System.Text.Json;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public abstract class WebSocketRoomTests(SharedServer shared, Carrier carrier)
{
    private ProbeTarget Room() => shared.Room().Over(carrier);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_message_is_the_data_of_an_entry()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        await reader.SendAsync(" { \"a\" : [ 1, 2 ] } ", Cancel);

        ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
        Assert.Equal(("{\"a\":[1,2]}", "message", 1L), (entry.Data, entry.Event, entry.Offset));
        Assert.Null(entry.From);
    }

    [Theory]
    [InlineData("{\"a\":", "data.json")]
    [InlineData("hello", "data.json")]
    [InlineData("", "data.json")]
    [InlineData("1 2", "data.json")]
    [InlineData("\"\\ud800\"", "data.surrogate")]
    public async Task A_text_message_that_is_not_JSON_is_an_error_and_the_connection_stays(string text, string code)
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        await reader.SendAsync(text, Cancel);
        Assert.Equal(code, (await reader.NextAsync(ProbeFrameKind.Error)).Code);

        await reader.SendAsync("1", Cancel);
        Assert.Equal("1", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
    }

    [Fact]
    public async Task JSON_that_is_nested_too_deeply_is_an_error_and_the_connection_stays()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        await reader.SendAsync(new string('[', 65) + new string(']', 65), Cancel);
        Assert.Equal("data.depth", (await reader.NextAsync(ProbeFrameKind.Error)).Code);

        await reader.SendAsync(new string('[', 64) + new string(']', 64), Cancel);
        Assert.Equal(128, (await reader.NextAsync(ProbeFrameKind.Entry)).Data!.Length);
    }

    [Fact]
    public async Task With_text_every_text_message_is_a_string()
    {
        await using WebSocketReader reader = await JoinAsync(Room() with { Query = "text" });
        foreach (string text in (string[])["hello", "{\"a\":1}", "", "line\r\n\"ü😀"])
        {
            await reader.SendAsync(text, Cancel);
            ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
            Assert.Equal(text, JsonDocument.Parse(entry.Data!).RootElement.GetString());
        }
    }

    [Fact]
    public async Task A_binary_message_is_the_bytes_of_an_entry()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        byte[] octets = [0, 1, 254, 255, 10];
        await reader.SendAsync(octets, Cancel);
        Assert.Equal(octets, (await reader.NextAsync(ProbeFrameKind.Entry)).Bytes);
    }

    [Fact]
    public async Task Messages_are_published_in_the_order_sent()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        for (int i = 1; i <= 200; i++)
        {
            await reader.SendAsync($"{i}", Cancel);
        }

        List<ProbeFrame> entries = await reader.EntriesAsync(1, 200);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => $"{i}"), entries.Select(entry => entry.Data));
    }

    [Fact]
    public async Task In_a_room_of_the_latest_a_message_whose_frame_does_not_fit_a_packet_is_an_error()
    {
        await using WebSocketReader reader = await JoinAsync(shared.RoomOfLatest().Over(carrier));
        await reader.SendAsync("\"" + new string('x', 950) + "\"", Cancel);
        Assert.Equal("entry.too_large", (await reader.NextAsync(ProbeFrameKind.Error)).Code);
        await reader.SendAsync(new byte[730], Cancel);
        Assert.Equal("entry.too_large", (await reader.NextAsync(ProbeFrameKind.Error)).Code);

        await reader.SendAsync("\"" + new string('x', 800) + "\"", Cancel);
        Assert.Equal(802, (await reader.NextAsync(ProbeFrameKind.Entry)).Data!.Length);
    }

    [Fact]
    public async Task A_message_larger_than_an_entry_is_an_error_and_the_connection_stays()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        await reader.SendAsync("\"" + new string('x', (64 << 10) - 1) + "\"", Cancel);
        Assert.Equal("entry.too_large", (await reader.NextAsync(ProbeFrameKind.Error)).Code);
        await reader.SendAsync(new byte[(1 << 20) - 100], Cancel);
        Assert.Equal("entry.too_large", (await reader.NextAsync(ProbeFrameKind.Error)).Code);

        await reader.SendAsync("\"" + new string('x', (64 << 10) - 2) + "\"", Cancel);
        Assert.Equal(64 << 10, (await reader.NextAsync(ProbeFrameKind.Entry)).Data!.Length);
    }

    [Fact]
    public async Task A_message_that_announces_more_than_1_MiB_is_closed_with_1009_before_it_is_sent()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        byte[] frame = WebSocketWire.Frame(WebSocketWire.Binary, new byte[(1 << 20) + 1]);
        await reader.Wire.SendAsync(frame.AsMemory(0, 14), Cancel);

        Assert.Equal(1009, (await reader.NextAsync(ProbeFrameKind.End)).Status);
    }

    [Fact]
    public async Task A_message_that_grows_over_1_MiB_in_fragments_is_closed_with_1009()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        byte[] part = new byte[400 << 10];
        await reader.Wire.SendAsync(WebSocketWire.Frame(WebSocketWire.Binary, part, final: false), Cancel);
        await reader.Wire.SendAsync(WebSocketWire.Frame(WebSocketWire.Continuation, part, final: false), Cancel);
        await reader.Wire.SendAsync(WebSocketWire.Frame(WebSocketWire.Continuation, part, final: true).AsMemory(0, 14), Cancel);

        Assert.Equal(1009, (await reader.NextAsync(ProbeFrameKind.End)).Status);
    }

    [Fact]
    public async Task A_polite_close_is_answered_with_its_code()
    {
        await using WebSocketReader reader = await JoinAsync(Room());
        await reader.CloseAsync(Cancel);
        ProbeFrame end = await reader.NextAsync(ProbeFrameKind.End);
        Assert.Equal((1000, true), (end.Status, end.Orderly));
    }

    private static async Task<WebSocketReader> JoinAsync(ProbeTarget target)
    {
        var reader = new WebSocketReader(target, ProbeStart.Now);
        await reader.JoinAsync();
        return reader;
    }
}

public sealed class WebSocketRoomTestsOnKestrel(SharedServer shared) : WebSocketRoomTests(shared, Carrier.Http1);

public sealed class WebSocketRoomTestsOnSockets(SharedServer shared) : WebSocketRoomTests(shared, Carrier.Sockets);
