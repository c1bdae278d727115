using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Limits;
using Godwit.Rooms;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>Whoever opens a link is counted by where it calls from: not as the one who made it, and not as nobody.</summary>
public sealed class LinkRateTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TokenMaker _tokens = new();
    private readonly string _key = ApiKey.Create();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        engine: static options => options.Limits.Requests = new Rate(1, 3),
        http: options =>
        {
            options.Proxies.Add(IPNetwork.Parse("127.0.0.0/8"));
            options.Access.Secrets.Add(new SharedSecret(_tokens.Secret));
            options.Access.ApiKeys.Add(new ApiKey("backend", ApiKey.HashOf(_key), new Grants([new Grant(RoomPattern.Parse("room:**"), Rights.All)])));
        },
        time: _time);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Whoever_opens_a_link_spends_nothing_of_its_makers_rate()
    {
        string token = _tokens.Hs256(TokenMaker.Claims());
        Uri link = await MakeAsync(token);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetAsync(link, from: "203.0.113.7"));
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync(new Uri(_server.Root, "rt/rooms/room:a"), token: token));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(new Uri(_server.Root, "rt/rooms/room:a"), token: token));
    }

    [Fact]
    public async Task Whoever_opens_links_of_a_backend_has_the_rate_of_its_address()
    {
        Uri link = await MakeAsync(_key);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetAsync(link, from: "203.0.113.7"));
        }

        Task<HttpStatusCode> fourth = GetAsync(link, from: "203.0.113.7");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(link, from: "203.0.113.8"));
        Assert.False(fourth.IsCompleted);
        while (!fourth.IsCompleted)
        {
            // Whether it waits already only the server knows.
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(fourth, Task.Delay(20, Cancel));
        }

        Assert.Equal(HttpStatusCode.OK, await fourth);
    }

    private async Task<Uri> MakeAsync(string credential)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Root, "rt/links"))
        {
            Headers = { { "Authorization", $"Bearer {credential}" } },
            Content = new StringContent("""{"room":"room:a"}""", Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await client.SendAsync(request, Cancel).WaitAsync(Patience, Cancel);
        return new Uri(_server.Root, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("url").GetString()!);
    }

    private static async Task<HttpStatusCode> GetAsync(Uri url, string? from = null, string? token = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach ((string name, string? value) in new[] { ("X-Forwarded-For", from), ("Authorization", token is null ? null : $"Bearer {token}") })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        using HttpResponseMessage answer = await client.SendAsync(request, Cancel).WaitAsync(Patience, Cancel);
        return answer.StatusCode;
    }
}
