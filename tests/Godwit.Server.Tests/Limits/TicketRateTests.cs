using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Limits;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>Tickets wait in the store until they are taken, so a user makes no more of them than it publishes.</summary>
public sealed class TicketRateTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tickets_count_like_publishes_of_their_user_and_large_ones_for_more()
    {
        var tokens = new TokenMaker();
        string key = ApiKey.Create();
        await using RunningServer server = await RunningServer.StartAsync(
            engine: static engine => engine.Limits.Publishes = new Rate(1, 10),
            http: http =>
            {
                http.Access.Secrets.Add(new SharedSecret(tokens.Secret));
                http.Access.ApiKeys.Add(new ApiKey("backend", ApiKey.HashOf(key), Grants.Everything));
            },
            time: new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        string ann = tokens.Hs256(TokenMaker.Claims("ann"));
        string grants = string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"room:{i:d20}\":[\"read\"]"));

        Assert.Equal(201, await MakeAsync(server, ann, "{}"));
        Assert.Equal(201, await MakeAsync(server, ann, "{}"));
        Assert.Equal(201, await MakeAsync(server, ann, $$$"""{"grants":{{{{grants}}}}}"""));
        Assert.Equal(429, await MakeAsync(server, ann, $$$"""{"grants":{{{{grants}}}}}"""));
        Assert.Equal(201, await MakeAsync(server, tokens.Hs256(TokenMaker.Claims("bob")), "{}"));
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => MakeAsync(server, key, """{"user":"ann"}"""))), static status => Assert.Equal(201, status));
    }

    private static async Task<int> MakeAsync(RunningServer server, string credential, string body)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        using HttpResponseMessage answer = await client.PostAsync(new Uri(server.Root, "rt/tickets"), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        if (answer.StatusCode == HttpStatusCode.TooManyRequests)
        {
            Assert.Contains("publish.rate", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        return (int)answer.StatusCode;
    }
}
