using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Access;
using Godwit.Administration;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Which orders end a session over a data channel: those against the credential that it has by now, or against its name.</summary>
public sealed class DataChannelOrderTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TokenMaker _tokens = new();
    private readonly HttpClient _http = new();
    private readonly ClientPeer _peer = new();
    private RunningServer _server = null!;
    private ChannelClient? _client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Orders Orders => _server.Services.GetRequiredService<GodwitEngine>().Orders;

    private PeerServer Peers => _server.Services.GetRequiredService<PeerServer>();

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        http: http => http.Access.Secrets.Add(new SharedSecret(_tokens.Secret)),
        services: static services => services.AddDataChannels(new WebRtcOptions()));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _peer.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_session_that_has_a_newer_token_outlives_the_one_that_its_offer_was_made_with()
    {
        string answer = await OfferAsync("one");
        await _peer.ConnectAsync(answer).WaitAsync(Limit, Cancel);
        _client = new ChannelClient(_peer);
        await _client.Connected.WaitAsync(Limit, Cancel);
        DataChannel channel = _client.Open(PeerSession.Reliable);
        _client.Send(channel, """{"op":"hello"}""");
        Assert.Equal("welcome", (await HearAsync()).GetProperty("op").GetString());
        _client.Send(channel, $$"""{"op":"refresh","id":1,"token":"{{Token("two")}}"}""");
        Assert.Equal("reply", (await HearAsync()).GetProperty("op").GetString());

        await Orders.GiveAsync(new Order(OrderKind.Revoke) { TokenId = "one" }, Cancel);
        _client.Send(channel, """{"op":"ping"}""");
        Assert.Equal("pong", (await HearAsync()).GetProperty("op").GetString());

        await Orders.GiveAsync(new Order(OrderKind.Revoke) { TokenId = "two" }, Cancel);
        Assert.Equal("token.revoked", (await HearAsync()).GetProperty("code").GetString());
        await UntilAsync(() => Peers.Peers.Count == 0);
    }

    [Fact]
    public async Task A_peer_without_a_session_yet_ends_with_the_token_that_its_offer_was_made_with()
    {
        await OfferAsync("one");
        await Orders.GiveAsync(new Order(OrderKind.Revoke) { TokenId = "other" }, Cancel);
        Assert.Equal(1, Peers.Peers.Count);
        await Orders.GiveAsync(new Order(OrderKind.Revoke) { TokenId = "one" }, Cancel);
        await UntilAsync(() => Peers.Peers.Count == 0);
    }

    private string Token(string id)
    {
        JsonObject claims = TokenMaker.Claims("ann");
        claims["jti"] = id;
        return _tokens.Hs256(claims);
    }

    private async Task<string> OfferAsync(string tokenId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Root, "/rt/session")) { Content = new StringContent(_peer.Offer, Encoding.UTF8, "application/sdp") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(tokenId));
        using HttpResponseMessage answer = await _http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private async Task<JsonElement> HearAsync() =>
        JsonDocument.Parse(await _client!.Lines.ReadAsync(Cancel).AsTask().WaitAsync(Limit, Cancel)).RootElement;

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
