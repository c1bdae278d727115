using System.Net;
using System.Text;
using Godwit.Feeds.Pump;
using Godwit.Server.Tests.Transports;
using Godwit.WebRtc;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Peers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Clients over data channels that stay, and take nothing: their checks go on, so consent does not end them.</summary>
public sealed class DeafClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly HttpClient _http = new();
    private readonly ClientPeer _peer = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PeerServer Peers => _server.Services.GetRequiredService<PeerServer>();

    private GodwitEngine Engine => _server.Services.GetRequiredService<GodwitEngine>();

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.StartAsync(time: _time, http: static http => http.Connections = 1, services: static services => services.AddDataChannels(new WebRtcOptions()));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _peer.DisposeAsync();
        await _server.DisposeAsync();
    }

    // More than the server keeps for a channel before it waits, and less: what is not full is given up by the association.
    [Theory]
    [InlineData(true, 50)]
    [InlineData(false, 50)]
    [InlineData(false, 1)]
    public async Task A_client_that_takes_nothing_any_more_is_ended_after_30_s_and_leaves_nothing_behind(bool saysSo, int entries)
    {
        DeafClient client = await ConnectAsync();
        client.GoDeaf(saysSo);
        string entry = $"\"{new string('x', 4000)}\"";
        for (int i = 0; i < entries; i++)
        {
            using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Root, "/rt/rooms/r"), new StringContent(entry, Encoding.UTF8, "application/json"), Cancel);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        await UntilAsync(() => client.Refused > 0);
        await Task.Delay(300, Cancel);
        int seconds = 0;
        for (; seconds < 40 && Peers.Peers.Count > 0; seconds++)
        {
            _time.Advance(Step);
            await CheckAsync();
            Assert.True(seconds > 20 || Peers.Peers.Count == 1, $"It was ended after {seconds} s.");
        }

        await UntilAsync(() => Peers.Peers.Count == 0);
        Assert.True(client.Refused > 5, "It was not asked again and again.");
        await UntilAsync(() => Engine.Held(ReadTransport.SessionDataChannel) == 0);
        Assert.Equal(0, Peers.Peers.AddressCount);

        // Its place is another's.
        await using var next = new ClientPeer();
        await UntilAsync(async () => (await OfferAsync(next)) is not null);

        // Deadlines that count no more are forgotten when their time has come.
        _time.Advance(Limit);
        await UntilAsync(() => Peers.Deadlines.Count == 0 && Peers.Peers.Count == 0);
    }

    private async Task<DeafClient> ConnectAsync()
    {
        string? answer = await OfferAsync(_peer);
        await _peer.ConnectAsync(answer!).WaitAsync(Limit, Cancel);
        var client = new DeafClient(_peer);
        client.Say("""{"op":"hello","rooms":{"r":"now"}}""");
        await UntilAsync(() =>
        {
            client.Tick();
            return client.Heard.Contains("\"joined\"", StringComparison.Ordinal);
        });
        return client;
    }

    /// <summary>The answer to an offer; null where there is no place.</summary>
    private async Task<string?> OfferAsync(ClientPeer peer)
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(_server.Root, "/rt/session"), new StringContent(peer.Offer, Encoding.UTF8, "application/sdp"), Cancel);
        return answer.StatusCode == HttpStatusCode.Created ? await answer.Content.ReadAsStringAsync(Cancel) : null;
    }

    /// <summary>A check that is answered, so that all before it has been taken; once the peer has ended none is.</summary>
    private async Task CheckAsync()
    {
        Task check = _peer.CheckAsync();
        await UntilAsync(() => check.IsCompleted || Peers.Peers.Count == 0);
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await isSo())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
