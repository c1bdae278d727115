using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Rooms;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Entries over the channel that loses what is late, with a client of our own, as PROTOCOL.md section 13.7 has them.</summary>
public sealed class LossyChannelTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new();
    private readonly ClientPeer _peer = new();
    private RunningServer _server = null!;
    private ChannelClient _client = null!;
    private DataChannel _channel = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(
            engine: static options => options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("latest:**"), Delivery = Delivery.Latest }),
            services: static services => services.AddDataChannels(new WebRtcOptions()));
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Root, "/rt/session"), new StringContent(_peer.Offer, Encoding.UTF8, "application/sdp"), Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await _peer.ConnectAsync(await answer.Content.ReadAsStringAsync(Cancel)).WaitAsync(Limit, Cancel);
        _client = new ChannelClient(_peer);
        await _client.Connected.WaitAsync(Limit, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _peer.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Rooms_of_the_latest_come_over_it_by_the_join_and_by_the_policy_behind_the_first_entry_and_all_else_over_the_other()
    {
        await OpenLossyAsync();
        await HelloAsync("""{"asked":{"after":"now","delivery":"latest"},"latest:p":"now","latest:all":{"after":"now","delivery":"all"},"plain":"now"}""", 4);
        foreach (string room in new[] { "asked", "latest:p", "latest:all", "plain" })
        {
            await PublishAsync(room, "1");
            Assert.Equal((room, 1), Entry(await HearAsync()));
        }

        foreach (string room in new[] { "latest:all", "plain" })
        {
            await PublishAsync(room, "2");
            Assert.Equal((room, 2), Entry(await HearAsync()));
        }

        foreach (string room in new[] { "asked", "latest:p" })
        {
            await PublishAsync(room, """{"n":"ä€🙂"}""");
            string message = await LatestAsync();
            Assert.DoesNotContain('\n', message);
            JsonElement entry = JsonDocument.Parse(message).RootElement;
            Assert.Equal((room, 2), Entry(entry));
            Assert.Equal("ä€🙂", entry.GetProperty("data").GetProperty("n").GetString());
        }

        Say("""{"op":"read","id":1,"room":"asked","last":2}""");
        Assert.Equal(2, (await HearAsync()).GetProperty("entries").GetArrayLength());
    }

    [Fact]
    public async Task A_channel_with_other_terms_and_a_second_one_are_closed_and_the_first_goes_on()
    {
        DataChannel[] others =
        [
            _client.Open(PeerSession.Lossy),
            _client.Open(PeerSession.Lossy, new DeliveryTerms(isUnordered: true)),
            _client.Open(PeerSession.Lossy, new DeliveryTerms(isUnordered: false, mostRetransmissions: 0)),
            _client.Open(PeerSession.Lossy, new DeliveryTerms(isUnordered: true, mostRetransmissions: 1)),
            _client.Open(PeerSession.Lossy, new DeliveryTerms(isUnordered: true, lifetime: 100)),
        ];
        await UntilAsync(() => others.All(static other => other.State == ChannelState.Closed));
        DataChannel lossy = await OpenLossyAsync();
        DataChannel second = _client.OpenLossy();
        await UntilAsync(() => second.State == ChannelState.Closed);
        await HelloAsync("""{"latest:a":"now"}""", 1);
        await PublishAsync("latest:a", "1");
        await HearAsync();
        await PublishAsync("latest:a", "2");
        Assert.Equal(("latest:a", 2), Entry(JsonDocument.Parse(await LatestAsync()).RootElement));
        Assert.Equal(ChannelState.Open, lossy.State);
    }

    [Fact]
    public async Task Opened_later_it_takes_the_next_entry_and_when_it_is_closed_they_come_over_the_other_again()
    {
        await HelloAsync("""{"latest:a":"now"}""", 1);
        await PublishAsync("latest:a", "1");
        await PublishAsync("latest:a", "2");
        while (Entry(await HearAsync()).Offset < 2)
        {
        }

        DataChannel lossy = await OpenLossyAsync();
        await PublishAsync("latest:a", "3");
        Assert.Equal(3, Entry(JsonDocument.Parse(await LatestAsync()).RootElement).Offset);
        _client.Close(lossy);
        await UntilAsync(() => lossy.State == ChannelState.Closed);
        await PublishAsync("latest:a", "4");
        Assert.Equal(4, Entry(await HearAsync()).Offset);
        await OpenLossyAsync();
        await PublishAsync("latest:a", "5");
        Assert.Equal(5, Entry(JsonDocument.Parse(await LatestAsync()).RootElement).Offset);
    }

    [Fact]
    public async Task After_an_outage_only_what_is_newest_comes_and_nothing_from_before()
    {
        await OpenLossyAsync();
        await HelloAsync("""{"latest:a":"now"}""", 1);
        int published = 0;
        for (; published < 20 || !_client.Latest.TryRead(out _); published++)
        {
            await PublishAsync("latest:a", $"{published}");
        }

        _client.IsDown = true;
        int atEnd = published + 100;
        for (; published < atEnd; published++)
        {
            await PublishAsync("latest:a", $"{published}");
        }

        // What was sent before is dropped by now.
        await Task.Delay(500, Cancel);
        while (_client.Latest.TryRead(out _))
        {
        }

        _client.IsDown = false;
        var offsets = new List<int>();
        while (offsets.Count < 5)
        {
            await PublishAsync("latest:a", $"{published++}");
            await Task.Delay(20, Cancel);
            while (_client.Latest.TryRead(out string? message))
            {
                offsets.Add(Entry(JsonDocument.Parse(message).RootElement).Offset);
            }
        }

        Assert.All(offsets, offset => Assert.True(offset >= atEnd));
        Assert.Equal(offsets.Distinct(), offsets);
    }

    [Fact]
    public async Task Of_a_room_that_was_left_nothing_comes_and_who_joins_again_begins_over_the_other()
    {
        await OpenLossyAsync();
        await HelloAsync("""{"latest:a":"now"}""", 1);
        await PublishAsync("latest:a", "1");
        await HearAsync();
        await PublishAsync("latest:a", "2");
        await LatestAsync();
        Say("""{"op":"leave","room":"latest:a"}""");
        Assert.Equal("left", (await HearAsync()).GetProperty("op").GetString());
        await PublishAsync("latest:a", "3");
        Say("""{"op":"join","room":"latest:a","last":1}""");
        Assert.Equal("joined", (await HearAsync()).GetProperty("op").GetString());
        Assert.Equal(3, Entry(await HearAsync()).Offset);
        Assert.False(_client.Latest.TryRead(out _));
        await PublishAsync("latest:a", "4");
        Assert.Equal(4, Entry(JsonDocument.Parse(await LatestAsync()).RootElement).Offset);
    }

    [Fact]
    public async Task An_entry_that_does_not_fit_a_packet_comes_over_the_other()
    {
        await OpenLossyAsync();
        await HelloAsync("""{"a":{"after":"now","delivery":"latest"}}""", 1);
        await PublishAsync("a", "1");
        await HearAsync();
        await PublishAsync("a", $"\"{new string('x', 3000)}\"");
        Assert.Equal(2, Entry(await HearAsync()).Offset);
        await PublishAsync("a", "3");
        Assert.Equal(3, Entry(JsonDocument.Parse(await LatestAsync()).RootElement).Offset);
    }

    [Fact]
    public async Task Where_only_the_newest_matters_an_entry_whose_frame_does_not_fit_a_packet_is_refused_however_it_is_published()
    {
        // 961 octets for room, event and data: 946 for the data in this room, of which two are quotation marks.
        string fits = $"\"{new string('x', 944)}\"";
        string tooLong = $"\"{new string('x', 945)}\"";
        await PublishAsync("latest:a", fits);
        var posted = new List<string>();
        foreach ((string type, string body) in new[] { ("application/json", tooLong), ("text/plain", tooLong[1..^1]), ("application/octet-stream", new string('x', 706)) })
        {
            using HttpResponseMessage answer = await PostAsync("/rt/rooms/latest:a", body, type);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            posted.Add(await answer.Content.ReadAsStringAsync(Cancel));
        }

        using HttpResponseMessage stream = await PostAsync("/rt/publish", $$"""{"rooms":["latest:a","plain"],"data":{{tooLong}}}""", "application/x-ndjson");
        JsonElement rooms = JsonDocument.Parse(await stream.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("rooms");
        Assert.True(rooms.GetProperty("plain").TryGetProperty("position", out _));
        posted.Add(rooms.GetProperty("latest:a").GetRawText());

        await HelloAsync("{}", 0);
        Say($$"""{"op":"publish","id":1,"room":"latest:a","data":{{tooLong}}}""");
        posted.Add((await HearAsync()).GetRawText());
        Assert.All(posted, static answer =>
        {
            Assert.Contains("entry.too_large", answer, StringComparison.Ordinal);
            Assert.Contains("1100 octets", answer, StringComparison.Ordinal);
            Assert.Contains("946 octets of JSON text", answer, StringComparison.Ordinal);
            Assert.Contains("705 of bytes", answer, StringComparison.Ordinal);
        });
    }

    private async Task<DataChannel> OpenLossyAsync()
    {
        DataChannel lossy = _client.OpenLossy();
        await UntilAsync(() => lossy.State == ChannelState.Open);
        return lossy;
    }

    private async Task HelloAsync(string rooms, int joined)
    {
        _channel = _client.Open(PeerSession.Reliable);
        Say($$"""{"op":"hello","rooms":{{rooms}}}""");
        for (int i = 0; i <= joined; i++)
        {
            await HearAsync();
        }
    }

    private void Say(string frame) => Assert.Equal(SendResult.Sent, _client.Send(_channel, frame));

    private async Task<JsonElement> HearAsync() =>
        JsonDocument.Parse(await _client.Lines.ReadAsync(Cancel).AsTask().WaitAsync(Limit, Cancel)).RootElement;

    private Task<string> LatestAsync() => _client.Latest.ReadAsync(Cancel).AsTask().WaitAsync(Limit, Cancel);

    private static (string Room, int Offset) Entry(JsonElement frame)
    {
        Assert.Equal("entry", frame.GetProperty("op").GetString());
        return (frame.GetProperty("room").GetString()!, frame.GetProperty("offset").GetInt32());
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new(type);
        return _http.PostAsync(new Uri(_server.Root, path), content, Cancel);
    }

    private async Task PublishAsync(string room, string json)
    {
        using HttpResponseMessage answer = await PostAsync($"/rt/rooms/{room}", json, "application/json");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
