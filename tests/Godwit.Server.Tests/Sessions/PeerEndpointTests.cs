using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Draining;
using Godwit.Brokers;
using Godwit.Limits;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Transports;
using Godwit.Sessions.Tokens;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Peers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Signalling of data channels over real Kestrel, as PROTOCOL.md section 13.7 has it.</summary>
public sealed class PeerEndpointTests : IAsyncLifetime
{
    private readonly TokenMaker _tokens = new();
    private readonly HttpClient _client = new();
    private readonly ClientPeer _peer = new();
    private RunningServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _peer.DisposeAsync();
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task An_offer_is_answered_with_201_an_answer_and_where_to_end_it()
    {
        PeerServer peers = await StartAsync();
        using HttpResponseMessage answer = await OfferAsync();
        Assert.Equal((HttpStatusCode.Created, "application/sdp"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.StartsWith("/rt/session/", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(IPAddress.Loopback, Assert.Single(AnswerText.Parse(await answer.Content.ReadAsStringAsync(Cancel)).Candidates).Address);
        Assert.Equal(1, peers.Peers.Count);

        using HttpResponseMessage ended = await DeleteAsync(answer.Headers.Location);
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal(0, peers.Peers.Count);
    }

    [Fact]
    public async Task What_is_wrong_with_an_offer_is_said_by_line_and_nothing_is_made()
    {
        PeerServer peers = await StartAsync();
        await AssertProblemAsync(HttpStatusCode.BadRequest, "sdp.invalid", await OfferAsync("v=0\r\nwhat\r\n"), line: 2);
        await AssertProblemAsync(HttpStatusCode.UnprocessableEntity, "sdp.unusable", await OfferAsync(_peer.Offer.Replace("a=setup:actpass", "a=setup:passive", StringComparison.Ordinal)), line: 14);
        await AssertProblemAsync(HttpStatusCode.UnprocessableEntity, "sdp.unusable", await OfferAsync("v=0\r\n"));
        await AssertProblemAsync(HttpStatusCode.BadRequest, "sdp.invalid", await OfferAsync(""));
        await AssertProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body.too_large", await OfferAsync(new string('a', 20_000)));
        Assert.Equal(0, peers.Peers.Count);
    }

    [Fact]
    public async Task A_server_without_data_channels_says_so()
    {
        _server = await RunningServer.StartAsync(hasDataChannels: false);
        await AssertProblemAsync(HttpStatusCode.NotImplemented, "webrtc.unconfigured", await OfferAsync());
    }

    [Fact]
    public async Task Without_a_port_a_request_that_came_through_a_proxy_is_told_of_the_setting()
    {
        PeerServer peers = await StartAsync(http: static http => http.Anonymous = AnonymousAccess.Everyone);
        using var request = Request(_peer.Offer);
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        await AssertProblemAsync(HttpStatusCode.NotImplemented, "webrtc.unconfigured", await _client.SendAsync(request, Cancel), says: "--udp");
        Assert.Equal(0, peers.Peers.Count);
    }

    [Fact]
    public async Task Access_is_decided_before_anything_is_made()
    {
        PeerServer peers = await StartAsync(http: http => http.Access.Secrets.Add(new SharedSecret(_tokens.Secret)));
        await AssertProblemAsync(HttpStatusCode.Unauthorized, "credential.missing", await OfferAsync());
        await AssertProblemAsync(HttpStatusCode.Unauthorized, "token.malformed", await OfferAsync(token: "x"));
        Assert.Equal(0, peers.Peers.Count);
        Assert.Empty(peers.EndPoints);

        using HttpResponseMessage taken = await OfferAsync(token: _tokens.Hs256(TokenMaker.Claims("ann")));
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);

        // Whose it is not cannot end it, be the name known.
        await AssertProblemAsync(HttpStatusCode.NotFound, "peer.unknown", await DeleteAsync(taken.Headers.Location!, _tokens.Hs256(TokenMaker.Claims("bob"))));
        await AssertProblemAsync(HttpStatusCode.Unauthorized, "credential.missing", await DeleteAsync(taken.Headers.Location!));
        Assert.Equal(1, peers.Peers.Count);
        using HttpResponseMessage ended = await DeleteAsync(taken.Headers.Location!, _tokens.Hs256(TokenMaker.Claims("ann")));
        Assert.Equal((HttpStatusCode.OK, 0), (ended.StatusCode, peers.Peers.Count));
    }

    [Fact]
    public async Task A_name_that_no_server_has_given_is_404_and_what_a_peer_takes_is_said()
    {
        await StartAsync();
        await AssertProblemAsync(HttpStatusCode.NotFound, "peer.unknown", await DeleteAsync(new Uri("/rt/session/none", UriKind.Relative)));
        using var patch = new HttpRequestMessage(HttpMethod.Patch, new Uri(_server!.Root, "/rt/session/none"));
        using HttpResponseMessage answer = await _client.SendAsync(patch, Cancel);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "DELETE, OPTIONS"), (answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow)));
    }

    [Fact]
    public async Task A_peer_has_a_place_of_the_server_until_it_ends()
    {
        await StartAsync(http: static http => http.Connections = 1);
        using HttpResponseMessage first = await OfferAsync();
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "server.overloaded", await OfferAsync());
        (await DeleteAsync(first.Headers.Location!)).Dispose();
        using HttpResponseMessage second = await OfferAsync();
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_its_peers_as_for_requests()
    {
        await StartAsync();
        ServerDrain drain = _server!.Services.GetRequiredService<ServerDrain>();
        using HttpResponseMessage answer = await OfferAsync();
        await UntilAsync(() => drain.Requests == 1);
        await AssertProblemAsync(HttpStatusCode.BadRequest, "sdp.invalid", await OfferAsync("no"), line: 1);
        await UntilAsync(() => drain.Requests == 1);
        (await DeleteAsync(answer.Headers.Location!)).Dispose();
        await UntilAsync(() => drain.Requests == 0);
    }

    [Fact]
    public async Task A_DELETE_that_reaches_another_server_ends_the_peer_all_the_same()
    {
        await using var redis = await Redis.Servers.RedisServer.StartAsync();
        _server = await RunningServer.StartAsync(services: static services => services.AddDataChannels(new WebRtcOptions()), redis: redis.Address, withTwin: true);
        using HttpResponseMessage answer = await OfferAsync();
        PeerServer peers = _server.Services.GetRequiredService<PeerServer>();
        Assert.Equal(1, peers.Peers.Count);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Delete, new Uri(_server.Twin.Root, answer.Headers.Location!));
        using HttpResponseMessage ended = await _client.SendAsync(elsewhere, Cancel);
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        await UntilAsync(() => peers.Peers.Count == 0);
    }

    [Fact]
    public async Task A_session_token_is_the_name_of_no_peer()
    {
        await StartAsync();
        SessionIdentity session = await _server!.Services.GetRequiredService<SessionTokens>().IdentifyAsync(null, "", Cancel);
        await AssertProblemAsync(HttpStatusCode.NotFound, "peer.unknown", await DeleteAsync(new Uri($"/rt/session/{session.Token}", UriKind.Relative)));
    }

    [Fact]
    public async Task A_server_without_data_channels_knows_no_peer_and_gives_no_order()
    {
        _server = await RunningServer.StartAsync(hasDataChannels: false);
        SessionIdentity session = await _server.Services.GetRequiredService<SessionTokens>().IdentifyAsync(null, "peer:", Cancel);
        await AssertProblemAsync(HttpStatusCode.NotFound, "peer.unknown", await DeleteAsync(new Uri($"/rt/session/{session.Token}", UriKind.Relative)));
        Assert.Empty(await OrdersAsync());
    }

    [Fact]
    public async Task A_peer_that_is_elsewhere_is_ended_by_one_order_however_often_it_is_asked_for()
    {
        await StartAsync();
        using HttpResponseMessage answer = await OfferAsync();
        for (int i = 0; i < 5; i++)
        {
            // The first ends it here; the next cannot know that it was not another server's.
            using HttpResponseMessage ended = await DeleteAsync(answer.Headers.Location!);
            Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
            Orders orders = _server!.Services.GetRequiredService<GodwitEngine>().Orders;
            UInt128 id = await IdAsync(answer.Headers.Location!);
            await UntilAsync(() => i == 0 || orders.Ends.Knows(id));
        }

        Assert.Single(await OrdersAsync());
    }

    [Fact]
    public async Task Ending_peers_of_other_servers_counts_like_publishing()
    {
        _server = await RunningServer.StartAsync(
            engine: static engine => engine.Limits.Publishes = new Rate(1, 2),
            http: http => http.Access.Secrets.Add(new SharedSecret(_tokens.Secret)),
            services: static services => services.AddDataChannels(new WebRtcOptions()));
        string token = _tokens.Hs256(TokenMaker.Claims("ann"));
        var codes = new List<HttpStatusCode>();
        for (int i = 0; i < 40; i++)
        {
            SessionIdentity name = await _server.Services.GetRequiredService<SessionTokens>().IdentifyAsync(null, "peer:user:ann", Cancel);
            using HttpResponseMessage ended = await DeleteAsync(new Uri($"/rt/session/{name.Token}", UriKind.Relative), token);
            codes.Add(ended.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, codes[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, codes);
    }

    [Fact]
    public async Task Clients_leave_administrators_room_for_their_orders()
    {
        await StartAsync();
        Orders orders = _server!.Services.GetRequiredService<GodwitEngine>().Orders;
        for (int i = 1; i <= PeerEnds.Most; i++)
        {
            orders.Ends.Add((UInt128)i);
        }

        SessionIdentity name = await _server.Services.GetRequiredService<SessionTokens>().IdentifyAsync(null, "peer:", Cancel);
        await AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "store.full", await DeleteAsync(new Uri($"/rt/session/{name.Token}", UriKind.Relative)));
        Assert.Empty(await OrdersAsync());
        await orders.GiveAsync(new Order(OrderKind.Disconnect) { Session = name.Id }, Cancel);
        Assert.Single(await OrdersAsync());
    }

    [Fact]
    public void What_clients_have_ended_is_forgotten_with_the_orders()
    {
        var time = new FakeTimeProvider();
        var ends = new PeerEnds(time, most: 2);
        ends.Add(1);
        ends.Add(1);
        Assert.False(ends.IsFull);
        time.Advance(Orders.OnceLife / 2);
        ends.Add(2);
        Assert.True(ends.IsFull);
        ends.Add(3);
        Assert.False(ends.Knows(3));
        time.Advance(Orders.OnceLife / 2);
        Assert.Equal((false, true, false), (ends.Knows(1), ends.Knows(2), ends.IsFull));
    }

    private async Task<UInt128> IdAsync(Uri location)
    {
        SessionIdentity identity = await _server!.Services.GetRequiredService<SessionTokens>().IdentifyAsync(location.OriginalString.Split('/')[^1], "peer:", Cancel);
        Assert.True(identity.Resumed);
        return identity.Id;
    }

    private async Task<IReadOnlyCollection<byte[]>> OrdersAsync()
    {
        var kept = new KeptOrders();
        await using IAsyncDisposable watch = await _server!.Services.GetRequiredService<IBroker>().WatchOrdersAsync(kept, Cancel);
        return kept.All;
    }

    private sealed class KeptOrders : IOrderWatcher
    {
        public System.Collections.Concurrent.ConcurrentQueue<byte[]> All { get; } = new();

        public void OnOrder(long number, ReadOnlyMemory<byte> content) => All.Enqueue(content.ToArray());
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private async Task<PeerServer> StartAsync(Action<GodwitHttpOptions>? http = null)
    {
        _server = await RunningServer.StartAsync(http: http, services: static services => services.AddDataChannels(new WebRtcOptions()));
        return _server.Services.GetRequiredService<PeerServer>();
    }

    private HttpRequestMessage Request(string offer) => new(HttpMethod.Post, new Uri(_server!.Root, "/rt/session"))
    {
        Content = new StringContent(offer, Encoding.UTF8, "application/sdp"),
    };

    private async Task<HttpResponseMessage> OfferAsync(string? offer = null, string? token = null)
    {
        using HttpRequestMessage request = Request(offer ?? _peer.Offer);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request, Cancel);
    }

    private async Task<HttpResponseMessage> DeleteAsync(Uri location, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(_server!.Root, location));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request, Cancel);
    }

    private static async Task AssertProblemAsync(HttpStatusCode status, string code, HttpResponseMessage answer, int line = 0, string says = "")
    {
        using (answer)
        {
            string text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(status == answer.StatusCode, text);
            JsonElement problem = JsonDocument.Parse(text).RootElement;
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Equal(line, problem.TryGetProperty("line", out JsonElement at) ? at.GetInt32() : 0);
            Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }
}
