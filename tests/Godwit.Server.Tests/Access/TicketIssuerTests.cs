using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.Access.Tickets;
using Godwit.Rooms;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Access;

/// <summary>Tickets that an application makes in its own code, for users that it has authenticated.</summary>
public sealed class TicketIssuerTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private RunningServer? _server;

    private TicketIssuer Issuer => (TicketIssuer)_server!.Services.GetService(typeof(TicketIssuer))!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        static engine => engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("chat:*"), Users = Rights.Read | Rights.Publish | Rights.History }),
        time: _time);

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();

    [Fact]
    public async Task Whoever_takes_it_is_the_user_that_the_application_named_and_nobody_takes_it_twice()
    {
        Ticket ticket = await Issuer.IssueAsync(new TicketTerms { User = "ann" }, TestContext.Current.CancellationToken);

        Assert.Contains("\"from\":\"ann\"", await ExchangeAsync(ticket.Text, HttpStatusCode.OK), StringComparison.Ordinal);
        Assert.Contains("ticket.unknown", await ExchangeAsync(ticket.Text, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_adds_to_what_policies_give_and_may_take_away_from_it()
    {
        Ticket more = await IssueAsync(new TicketTerms { User = "ann", Grants = Everywhere(Rights.All) });
        Ticket less = await IssueAsync(new TicketTerms { User = "ann", Bounds = Everywhere(Rights.Read | Rights.History) });

        Assert.Contains("\"room\":\"elsewhere\",\"position\"", await ExchangeAsync(more.Text, HttpStatusCode.OK, "elsewhere"), StringComparison.Ordinal);
        Assert.Contains("access.denied", await ExchangeAsync(less.Text, HttpStatusCode.OK), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_its_life_and_no_longer()
    {
        Ticket ticket = await IssueAsync(new TicketTerms { User = "ann", Life = TimeSpan.FromSeconds(5) });
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(5), ticket.Expires);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("ticket.unknown", await ExchangeAsync(ticket.Text, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_not_there_for_longer_than_the_sign_in_it_stands_for_and_tells_the_client_when_that_ends()
    {
        DateTimeOffset ends = _time.GetUtcNow() + TimeSpan.FromSeconds(10);
        Ticket ticket = await IssueAsync(new TicketTerms { User = "ann", Ends = ends });
        Assert.Equal(ends, ticket.Expires);

        using JsonDocument answer = JsonDocument.Parse(await ExchangeAsync(ticket.Text, HttpStatusCode.OK));

        Assert.Equal(ends.ToUnixTimeMilliseconds(), answer.RootElement.GetProperty("expires").GetInt64());
        await Assert.ThrowsAsync<ArgumentException>(() => IssueAsync(new TicketTerms { User = "ann", Ends = _time.GetUtcNow() }));
    }

    [Fact]
    public async Task One_for_the_pages_of_an_origin_is_refused_to_all_others()
    {
        Ticket ticket = await IssueAsync(new TicketTerms { User = "ann", Origin = "https://app.example" });

        Assert.Contains("ticket.origin", await ExchangeAsync(ticket.Text, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData("ann smith", 30)]
    [InlineData("änn", 30)]
    [InlineData("ann", 0.5)]
    [InlineData("ann", 301)]
    public async Task Terms_out_of_their_range_are_an_exception_that_says_the_range(string user, double seconds)
    {
        ArgumentException wrong = await Assert.ThrowsAsync<ArgumentException>(() => IssueAsync(new TicketTerms { User = user, Life = TimeSpan.FromSeconds(seconds) }));

        Assert.Matches("1 to (200|300)", wrong.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => IssueAsync(new TicketTerms { User = new string('a', 201) }));
    }

    [Fact]
    public async Task Its_text_is_shown_by_nothing_that_a_log_would_print()
    {
        Ticket ticket = await IssueAsync(new TicketTerms { User = "ann" });

        Assert.DoesNotContain(ticket.Text, $"{ticket}", StringComparison.Ordinal);
    }

    private static Grants Everywhere(Rights rights) => new([new Grant(RoomPattern.Everything, rights)]);

    private Task<Ticket> IssueAsync(TicketTerms terms) => Issuer.IssueAsync(terms, TestContext.Current.CancellationToken).AsTask();

    /// <summary>Publishes in a room and reads it, as whoever the ticket makes of the client.</summary>
    private async Task<string> ExchangeAsync(string ticket, HttpStatusCode expected, string room = "chat:a")
    {
        using var client = new HttpClient();
        string body = JsonSerializer.Serialize(new { ticket, send = new[] { new { op = "publish", room, data = 1 } }, rooms = new Dictionary<string, string> { [room] = "start" } });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(_server!.Root, "rt/session"), content, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == expected, text);
        return text;
    }
}
