using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Access;

/// <summary>Tickets: made with a token or a key, good once.</summary>
public sealed class TicketTests(AccessScene scene) : IClassFixture<AccessScene>
{
    [Fact]
    public async Task A_user_makes_a_ticket_and_opens_a_websocket_with_it_once()
    {
        string ticket = await MakeAsync("HS256", "{}");

        Assert.Null(await OpenAsync($"rooms/room:a?ticket={ticket}"));
        Assert.Equal((HttpStatusCode?)HttpStatusCode.Unauthorized, await OpenAsync($"rooms/room:a?ticket={ticket}"));
    }

    [Fact]
    public async Task Of_many_who_show_a_ticket_at_the_same_instant_one_is_let_in()
    {
        string ticket = await MakeAsync("HS256", "");

        HttpStatusCode?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => OpenAsync($"session?ticket={ticket}")));

        Assert.Single(outcomes, static outcome => outcome is null);
        Assert.All(outcomes.Where(static outcome => outcome is not null), static outcome => Assert.Equal(HttpStatusCode.Unauthorized, outcome));
    }

    [Fact]
    public async Task A_ticket_is_taken_in_hello_and_in_an_exchange()
    {
        string body = JsonSerializer.Serialize(new { ticket = await MakeAsync("HS256", "{}"), rooms = new Dictionary<string, string> { ["room:a"] = "now" } });
        Assert.Contains("\"joined\"", await ExchangeAsync(body, HttpStatusCode.OK), StringComparison.Ordinal);
        Assert.Contains("ticket.unknown", await ExchangeAsync(body, HttpStatusCode.Unauthorized), StringComparison.Ordinal);

        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address("session"), TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { op = "hello", ticket = await MakeAsync("HS256", "{}") })), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        byte[] buffer = new byte[4096];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Contains("\"expires\"", Encoding.UTF8.GetString(buffer, 0, received.Count), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_may_allow_less_than_its_maker_and_never_more()
    {
        string ticket = await MakeAsync("HS256", """{"grants":{"room:a":["read"],"other:*":["read","publish"]}}""");
        string body = JsonSerializer.Serialize(new
        {
            ticket,
            rooms = new Dictionary<string, string> { ["room:a"] = "now", ["room:b"] = "now", ["other:a"] = "now" },
            send = new[] { new { op = "publish", room = "room:a", data = 1 } },
        });

        using JsonDocument answer = JsonDocument.Parse(await ExchangeAsync(body, HttpStatusCode.OK));

        Assert.Equal("access.denied", answer.RootElement.GetProperty("replies")[0].GetProperty("code").GetString());
        Assert.Equal(["joined", "error", "error"], answer.RootElement.GetProperty("frames").EnumerateArray().Select(static frame => frame.GetProperty("op").GetString()));
    }

    [Fact]
    public async Task An_API_key_makes_tickets_of_any_user_that_allow_no_more_than_the_key()
    {
        string ticket = await MakeAsync("an API key", """{"user":"carol","grants":{"**":["read","publish","history"]},"seconds":10}""");
        string body = JsonSerializer.Serialize(new
        {
            ticket,
            send = new[] { new { op = "publish", room = "room:carol", data = 1 }, new { op = "publish", room = "elsewhere", data = 1 } },
            rooms = new Dictionary<string, string> { ["room:carol"] = "start", ["elsewhere"] = "start" },
        });

        using JsonDocument answer = JsonDocument.Parse(await ExchangeAsync(body, HttpStatusCode.OK));

        Assert.Equal(["reply", "error"], answer.RootElement.GetProperty("replies").EnumerateArray().Select(static frame => frame.GetProperty("op").GetString()));
        Assert.Equal(["joined", "entry", "error"], answer.RootElement.GetProperty("frames").EnumerateArray().Select(static frame => frame.GetProperty("op").GetString()).Order(StringComparer.Ordinal).OrderBy(static op => op == "error").ThenBy(static op => op == "entry"));
        Assert.Contains("\"from\":\"carol\"", answer.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://app.example", "https://app.example", 200, null)]
    [InlineData("https://app.example", "https://evil.example", 401, "ticket.origin")]
    [InlineData("https://app.example", null, 401, "ticket.origin")]
    public async Task A_ticket_of_an_origin_is_for_its_pages_alone(string made, string? shown, int status, string? code)
    {
        var tickets = new Godwit.Access.Tickets.Tickets((Godwit.Brokers.IBroker)scene.Server.Services.GetService(typeof(Godwit.Brokers.IBroker))!);
        string ticket = await MakeAsync("HS256", $$"""{"origin":"{{made}}"}""");

        Godwit.Access.Identification identified = await tickets.TakeAsync(Presented(shown), TestContext.Current.CancellationToken);

        Assert.Equal(status == 200, identified.Caller is not null);
        Assert.Equal(code, identified.Caller is null ? identified.Refusal.Code.Code : null);
        Assert.Equal("ticket.unknown", (await tickets.TakeAsync(Presented(made), TestContext.Current.CancellationToken)).Refusal.Code.Code);

        Godwit.Access.PresentedCredential Presented(string? origin) => new(Godwit.Access.CredentialKind.Ticket, ticket) { Origin = origin };
    }

    [Fact]
    public async Task A_ticket_of_an_origin_refreshes_what_its_pages_hold_by_an_exchange()
    {
        string own = scene.Server.Root.GetLeftPart(UriPartial.Authority);
        string ticket = await MakeAsync("HS256", $$"""{"origin":"{{own}}"}""");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(scene.Server.Root, "rt/session"))
        {
            Headers = { { "Origin", own }, { "Authorization", scene.Header("HS256")! } },
            Content = new StringContent($$"""{"send":[{"op":"refresh","id":1,"ticket":"{{ticket}}"}]}""", Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Contains("\"op\":\"reply\",\"id\":1,\"expires\":", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    [InlineData("application/x-ndjson")]
    public async Task A_GET_that_would_be_repeated_with_the_same_URL_takes_none_and_uses_none_up(string accept)
    {
        string ticket = await MakeAsync("HS256", "{}");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(scene.Server.Root, $"rt/rooms/room:a?ticket={ticket}"));
        request.Headers.Accept.ParseAdd(accept);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("ticket.unsupported", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Null(await OpenAsync($"rooms/room:a?ticket={ticket}"));
    }

    [Theory]
    [InlineData("none", "{}", 401, "credential.missing")]
    [InlineData("expired", "{}", 401, "token.expired")]
    [InlineData("HS256", """{"user":"bob"}""", 403, "access.denied")]
    [InlineData("HS256", """{"seconds":0}""", 400, "parameter.invalid")]
    [InlineData("HS256", """{"seconds":301}""", 400, "parameter.invalid")]
    [InlineData("HS256", """{"grants":{"a":["write"]}}""", 400, "parameter.invalid")]
    [InlineData("HS256", """{"origin":1}""", 400, "parameter.invalid")]
    [InlineData("HS256", "[]", 400, "data.json")]
    [InlineData("HS256", "{", 400, "data.json")]
    [InlineData("an API key", "{}", 400, "parameter.invalid")]
    [InlineData("an API key", """{"user":"a b"}""", 400, "parameter.invalid")]
    public async Task What_is_asked_for_in_a_wrong_way_is_refused(string credential, string body, int status, string code)
    {
        (HttpStatusCode answered, string text) = await PostAsync("tickets", credential, body);

        Assert.Equal(status, (int)answered);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_reads_its_room_and_no_other_and_does_nothing_else()
    {
        (HttpStatusCode status, string body) = await PostAsync("links", "HS256", """{"room":"room:linked","seconds":60}""");
        Assert.Equal(HttpStatusCode.Created, status);
        string url = JsonDocument.Parse(body).RootElement.GetProperty("url").GetString()!;
        Assert.StartsWith("/rt/rooms/room:linked?grant=", url, StringComparison.Ordinal);
        string grant = url[(url.IndexOf('=', StringComparison.Ordinal) + 1)..];

        foreach (ProbeTransport transport in (ProbeTransport[])[ProbeTransport.ShortPoll, ProbeTransport.LongPoll, ProbeTransport.ServerSentEvents, ProbeTransport.HttpStream])
        {
            ProbeTarget linked = scene.Server.Room() with { Room = "room:linked", Query = $"grant={grant}" };
            await using ReaderProbe reader = ReaderProbe.Open(transport, linked, ProbeStart.Oldest);
            await reader.JoinAsync();
            await using ReaderProbe other = ReaderProbe.Open(transport, linked with { Room = "room:other" }, ProbeStart.Oldest);
            Assert.Equal("link.invalid", (await other.RefusalAsync()).Code);
            await using ReaderProbe changed = ReaderProbe.Open(transport, linked with { Query = $"grant={Changed(grant)}" }, ProbeStart.Oldest);
            Assert.Equal("link.invalid", (await changed.RefusalAsync()).Code);
        }

        Assert.Equal((HttpStatusCode?)HttpStatusCode.Unauthorized, await OpenAsync($"rooms/room:linked?grant={grant}"));
        (status, body) = await PostAsync($"rooms/room:linked?grant={grant}", "none", "1");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("link.invalid", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_a_path_of_the_mount_though_its_request_ends_with_a_slash()
    {
        (HttpStatusCode status, string body) = await PostAsync("links/", "HS256", """{"room":"room:linked"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Contains("\"/rt/rooms/room:linked?grant=", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_follows_the_links_of_a_poll_keeps_the_grant()
    {
        (_, string body) = await PostAsync("links", "HS256", """{"room":"room:linked"}""");
        string url = JsonDocument.Parse(body).RootElement.GetProperty("url").GetString()!;
        using var client = new HttpClient();
        string poll = await client.GetStringAsync(new Uri(scene.Server.Root, url), TestContext.Current.CancellationToken);
        string next = JsonDocument.Parse(poll).RootElement.GetProperty("next").GetString()!;

        using HttpResponseMessage answer = await client.GetAsync(new Uri(new Uri(scene.Server.Root, url), next), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("none", """{"room":"room:a"}""", 401, "credential.missing")]
    [InlineData("HS256", """{"room":"other"}""", 403, "access.denied")]
    [InlineData("HS256", """{"room":"a b"}""", 400, "room.invalid")]
    [InlineData("HS256", "{}", 400, "room.invalid")]
    [InlineData("HS256", """{"room":"room:a","seconds":901}""", 400, "parameter.invalid")]
    public async Task A_link_that_may_not_be_is_refused(string credential, string body, int status, string code)
    {
        (HttpStatusCode answered, string text) = await PostAsync("links", credential, body);

        Assert.Equal(status, (int)answered);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
    }

    private static string Changed(string grant) => (grant[0] == 'A' ? 'B' : 'A') + grant[1..];

    private Uri Address(string path) => new($"ws://{scene.Server.Root.Authority}/rt/{path}");

    private async Task<string> MakeAsync(string credential, string body)
    {
        (HttpStatusCode status, string text) = await PostAsync("tickets", credential, body);
        Assert.True(status == HttpStatusCode.Created, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("ticket").GetString()!;
    }

    /// <summary>Opens a WebSocket; null if it was accepted.</summary>
    private async Task<HttpStatusCode?> OpenAsync(string path)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(Address(path), TestContext.Current.CancellationToken);
            return null;
        }
        catch (WebSocketException)
        {
            return socket.HttpStatusCode;
        }
    }

    private async Task<string> ExchangeAsync(string body, HttpStatusCode expected)
    {
        (HttpStatusCode status, string text) = await PostAsync("session", "none", body);
        Assert.True(status == expected, text);
        return text;
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string credential, string body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(scene.Server.Root, $"rt/{path}"));
        request.Content = body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (scene.Header(credential) is { } header)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
