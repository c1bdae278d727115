using Godwit.Access;
using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Server.Tests.Transports;
using Godwit.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Sessions;

/// <summary>Session tokens over the wire: who is known again, and what the others get.</summary>
public sealed class SessionTokenTests
{
    [Fact]
    public async Task A_session_goes_on_over_any_number_of_connections()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement first = await HelloAsync(server, null);
        Assert.False(first.GetProperty("resumed").GetBoolean());
        for (int i = 0; i < 3; i++)
        {
            JsonElement again = await HelloAsync(server, Token(first));
            Assert.True(again.GetProperty("resumed").GetBoolean());
            Assert.Equal(Token(first), Token(again));
        }
    }

    [Fact]
    public async Task A_forged_token_is_a_new_session_and_no_fault()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string token = Token(await HelloAsync(server, null));
        string other = token[..40] + (token[40] == 'A' ? 'B' : 'A') + token[41..];
        foreach (string forged in (string[])[other, token[..^1], token + "A", "", "x", new string('A', 92)])
        {
            await AssertNewAsync(server, forged);
        }
    }

    [Fact]
    public async Task An_expired_token_is_a_new_session()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using RunningServer server = await RunningServer.StartAsync(options => options.Session.TokenLife = TimeSpan.FromHours(1), time: time);
        string token = Token(await HelloAsync(server, null));
        time.Advance(TimeSpan.FromMinutes(59));
        string renewed = Token(await HelloAsync(server, token));
        Assert.NotEqual(token, renewed);

        time.Advance(TimeSpan.FromMinutes(1));
        await AssertNewAsync(server, token);
        Assert.True((await HelloAsync(server, renewed)).GetProperty("resumed").GetBoolean());
    }

    [Fact]
    public async Task The_token_of_a_server_with_other_keys_is_a_new_session()
    {
        await using RunningServer one = await RunningServer.StartAsync();
        await using RunningServer other = await RunningServer.StartAsync();
        await AssertNewAsync(other, Token(await HelloAsync(one, null)));
    }

    [Fact]
    public async Task The_token_of_a_server_with_the_same_configured_key_goes_on()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
        await using RunningServer one = await RunningServer.StartAsync(options => options.Session.Keys.Add(new SharedSecret(secret)));
        await using RunningServer other = await RunningServer.StartAsync(options => options.Session.Keys.Add(new SharedSecret(secret)));
        string token = Token(await HelloAsync(one, null));
        JsonElement welcome = await HelloAsync(other, token);
        Assert.True(welcome.GetProperty("resumed").GetBoolean());
        Assert.Equal(token, Token(welcome));
    }

    [Fact]
    public async Task An_exchange_and_a_connection_are_one_session()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string token = Token(await HelloAsync(server, null));
        JsonElement answer = await ExchangeAsync(server, token);
        Assert.True(answer.GetProperty("resumed").GetBoolean());
        Assert.Equal(token, Token(answer));

        string begun = Token(await ExchangeAsync(server, token[..^1]));
        Assert.NotEqual(token, begun);
        Assert.True((await HelloAsync(server, begun)).GetProperty("resumed").GetBoolean());
    }

    private static async Task<JsonElement> ExchangeAsync(RunningServer server, string token)
    {
        using var http = new HttpClient();
        using var body = new StringContent($$"""{"session":"{{token}}"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri(server.Root, "rt/session"), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }

    private static async Task<JsonElement> HelloAsync(RunningServer server, string? token)
    {
        using SessionSocket client = await SessionSocket.OpenAsync(server, "godwit.v1");
        JsonElement welcome = await client.AskAsync(token is null ? """{"op":"hello"}""" : $$"""{"op":"hello","session":"{{token}}"}""");
        Assert.Equal("welcome", welcome.GetProperty("op").GetString());
        return welcome;
    }

    private static async Task AssertNewAsync(RunningServer server, string token)
    {
        JsonElement welcome = await HelloAsync(server, token);
        Assert.False(welcome.GetProperty("resumed").GetBoolean());
        Assert.NotEqual(token, Token(welcome));
        Assert.True((await HelloAsync(server, Token(welcome))).GetProperty("resumed").GetBoolean());
    }

    private static string Token(JsonElement welcome) => welcome.GetProperty("session").GetString()!;
}
