using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Rooms;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Sessions over data channels, with a client of our own, as PROTOCOL.md section 13.7 has them.</summary>
public sealed class DataChannelTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly FailingBroker _broker = new();
    private readonly HttpClient _http = new();
    private readonly ClientPeer _peer = new();
    private RunningServer _server = null!;
    private ChannelClient _client = null!;
    private DataChannel _channel = null!;
    private Uri _location = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PeerServer Peers => _server.Services.GetRequiredService<PeerServer>();

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(
            engine: static options => options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("large:**"), EntryBytes = 1 << 20, Retention = new Retention { Bytes = 64 << 20 } }),
            services: services =>
            {
                services.AddSingleton<IBroker>(_broker);
                services.AddDataChannels(new WebRtcOptions());
            });
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Root, "/rt/session"), new StringContent(_peer.Offer, Encoding.UTF8, "application/sdp"), Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        _location = answer.Headers.Location!;
        await _peer.ConnectAsync(await answer.Content.ReadAsStringAsync(Cancel)).WaitAsync(Limit, Cancel);
        _client = new ChannelClient(_peer);
        await _client.Connected.WaitAsync(Limit, Cancel);
        _channel = _client.Open(PeerSession.Reliable);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _peer.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_session_goes_over_the_channel_as_over_a_WebSocket()
    {
        Say("""{"op":"hello","id":1,"rooms":{"r":"now"}}""");
        Assert.Equal("welcome", (await HearAsync()).GetProperty("op").GetString());
        Assert.Equal("joined", (await HearAsync()).GetProperty("op").GetString());
        Say("""{"op":"publish","id":2,"room":"r","data":{"n":"ä€🙂"}}""");
        JsonElement[] two = [await HearAsync(), await HearAsync()];
        Assert.Equal(["entry", "reply"], two.Select(static frame => frame.GetProperty("op").GetString()).Order());
        Assert.Equal("ä€🙂", two.Single(static frame => frame.GetProperty("op").GetString() == "entry").GetProperty("data").GetProperty("n").GetString());
        Assert.Equal(1, _server.Services.GetRequiredService<GodwitEngine>().Held(ReadTransport.SessionDataChannel, Lane.Udp));
    }

    [Fact]
    public async Task Frames_longer_than_a_message_come_whole_and_all_entries_in_order()
    {
        Say("""{"op":"hello","rooms":{"large:r":"now","r":"now"}}""");
        for (int i = 0; i < 3; i++)
        {
            await HearAsync();
        }

        // Characters of three octets, so that they lie across every place where a frame could be cut.
        string large = new('€', 250_000);
        await PublishAsync("large:r", $"\"{large}\"");
        for (int i = 0; i < 200; i++)
        {
            await PublishAsync("r", $"{i}");
        }

        // Between rooms there is no order.
        var entries = new List<JsonElement>();
        while (entries.Count < 201)
        {
            entries.Add(await HearAsync());
        }

        Assert.Equal(large, Assert.Single(entries, static entry => entry.GetProperty("room").GetString() == "large:r").GetProperty("data").GetString());
        Assert.Equal(Enumerable.Range(0, 200), entries.Where(static entry => entry.GetProperty("room").GetString() == "r").Select(static entry => entry.GetProperty("data").GetInt32()));
    }

    [Fact]
    public async Task A_client_that_does_not_say_hello_first_is_told_and_octets_are_no_frame()
    {
        Say("""{"op":"ping"}""");
        Assert.Equal("op.unexpected", (await HearAsync()).GetProperty("code").GetString());
        _client.Send(_channel, MessageKind.Binary, [1, 2, 3]);
        Assert.Equal("frame.invalid", (await HearAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_channel_that_is_not_served_is_closed()
    {
        DataChannel other = _client.Open("other", new DeliveryTerms(isUnordered: true, mostRetransmissions: 0));
        DataChannel second = _client.Open(PeerSession.Reliable);
        await UntilAsync(() => other.State == ChannelState.Closed && second.State == ChannelState.Closed);
        Say("""{"op":"hello"}""");
        Assert.Equal("welcome", (await HearAsync()).GetProperty("op").GetString());
    }

    [Fact]
    public async Task A_client_that_closes_its_channel_ends_its_peer_and_its_connection()
    {
        Say("""{"op":"hello","rooms":{"r":"now"}}""");
        await HearAsync();
        _client.Close(_channel);
        await UntilAsync(() => Peers.Peers.Count == 0 && _server.Services.GetRequiredService<GodwitEngine>().Held(ReadTransport.SessionDataChannel) == 0);
    }

    [Fact]
    public async Task DELETE_ends_the_connection_too()
    {
        Say("""{"op":"hello","rooms":{"r":"now"}}""");
        await HearAsync();
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(_server.Root, _location));
        (await _http.SendAsync(request, Cancel)).Dispose();
        await UntilAsync(() => _server.Services.GetRequiredService<GodwitEngine>().Held(ReadTransport.SessionDataChannel) == 0);
        await _peer.Closed.Task.WaitAsync(Limit, Cancel);
    }

    [Fact]
    public async Task Frame_after_frame_that_breaks_the_contract_ends_with_a_reason_that_arrives_and_then_the_association()
    {
        for (int i = 0; i < Godwit.Sessions.Session.MaxBroken; i++)
        {
            Say("what");
        }

        JsonElement last = default;
        await foreach (string line in _client.Lines.ReadAllAsync(Cancel))
        {
            last = JsonDocument.Parse(line).RootElement;
        }

        Assert.Equal(("error", "protocol"), (last.GetProperty("op").GetString(), last.GetProperty("code").GetString()));
        Assert.Equal(AssociationEndKind.Shutdown, (await _client.Ended.Task.WaitAsync(Limit, Cancel)).Kind);
        await UntilAsync(() => Peers.Peers.Count == 0);
    }

    [Fact]
    public async Task A_client_that_sends_on_while_its_session_waits_is_closed_before_it_fills_the_memory()
    {
        Say("""{"op":"hello"}""");
        await HearAsync();
        _broker.Answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Say("""{"op":"join","room":"r"}""");
        await _broker.Asked.Task.WaitAsync(Limit, Cancel);
        for (int i = 0; i < FrameQueue.MostFrames; i++)
        {
            Say("""{"op":"ping"}""");
        }

        Say("""{"op":"ping"}""");
        Assert.Equal("requests.rate", (await HearAsync()).GetProperty("code").GetString());
        _broker.Answer.SetResult();
        await _client.Ended.Task.WaitAsync(Limit, Cancel);
    }

    private void Say(string frame) => Assert.Equal(SendResult.Sent, _client.Send(_channel, frame));

    private async Task<JsonElement> HearAsync() =>
        JsonDocument.Parse(await _client.Lines.ReadAsync(Cancel).AsTask().WaitAsync(Limit, Cancel)).RootElement;

    private async Task PublishAsync(string room, string json)
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Root, $"/rt/rooms/{room}"), new StringContent(json, Encoding.UTF8, "application/json"), Cancel);
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
