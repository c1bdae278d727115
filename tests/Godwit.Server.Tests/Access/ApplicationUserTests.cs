using System.Net;
using System.Security.Claims;
using System.Text;
using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.Rooms;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.Server.Tests.Access;

/// <summary>In an application, its own users are callers.</summary>
public sealed class ApplicationUserTests : IAsyncLifetime
{
    private WebApplication? _application;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAuthentication("own").AddScheme<AuthenticationSchemeOptions, OwnScheme>("own", null);
        builder.Services.AddAuthorization();
        builder.Services.AddGodwit(static engine =>
        {
            engine.DrainDelay = engine.DrainWindow = TimeSpan.Zero;
            engine.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("user:{user}"), Users = Rights.All });
        });
        _application = builder.Build();
        _application.UseAuthentication();
        _application.UseAuthorization();
        _application.MapGodwit("/rt").RequireAuthorization();
        await _application.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await _application!.DisposeAsync();

    [Theory]
    [InlineData(null, "user:alice", 401)]
    [InlineData("alice", "user:alice", 200)]
    [InlineData("bob", "user:alice", 403)]
    [InlineData("alice", "chat:a", 403)]
    [InlineData("alice+chat", "chat:a", 200)]
    public async Task A_user_of_the_application_may_do_what_policies_and_claims_say(string? user, string room, int status) =>
        Assert.Equal(status, (int)(await SendAsync(HttpMethod.Get, user, room)).StatusCode);

    [Fact]
    public async Task What_a_user_publishes_is_from_that_user()
    {
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, "alice", "user:alice")).StatusCode);

        string entries = await (await SendAsync(HttpMethod.Get, "alice", "user:alice")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"from\":\"alice\"", entries, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", 401)]
    [InlineData("bert+auth_time=100", 401)]
    [InlineData("bert+iat=100", 401)]
    [InlineData("bert+auth_time=4102444800", 200)]
    [InlineData("bert+iat=4102444800", 200)]
    [InlineData("bert+auth_time=100+iat=4102444800", 401)]
    [InlineData("alice", 200)]
    public async Task A_revoked_user_is_out_until_a_later_sign_in_however_new_the_cookie_is(string user, int status)
    {
        await _application!.Services.GetRequiredService<GodwitEngine>().Orders.GiveAsync(new Order(OrderKind.Revoke) { User = "bert", Before = TimeProvider.System.GetUtcNow() }, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)(await SendAsync(HttpMethod.Get, user, $"user:{user.Split('+')[0]}")).StatusCode);
    }

    [Theory]
    [InlineData("alice+exp=4102444800", null)]
    [InlineData("alice", "2100-01-01")]
    [InlineData("alice+exp=4102444800", "2099-01-01")]
    public void A_user_ends_with_the_token_that_it_is_known_by_else_with_the_cookie(string user, string? cookie)
    {
        var context = new DefaultHttpContext();
        context.User = OwnScheme.UserOf(user, "own");
        if (cookie is not null)
        {
            var properties = new AuthenticationProperties { ExpiresUtc = DateTimeOffset.Parse(cookie + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture) };
            context.Features.Set<IAuthenticateResultFeature>(new Result(AuthenticateResult.Success(new AuthenticationTicket(context.User, properties, "own"))));
        }

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(4102444800), ApplicationUser.Identify(context)!.Value.Caller!.Expires);
    }

    [Fact]
    public async Task The_cookies_end_is_what_the_authentication_says_of_it()
    {
        Caller? seen = null;
        using var client = new HttpClient();
        string address = _application!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address}/rt/rooms/user:alice") { Headers = { { "X-User", "alice+until" }, { "Accept", "application/x-ndjson" } } };
        using HttpResponseMessage stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var engine = _application.Services.GetRequiredService<GodwitEngine>();
        while (seen is null)
        {
            var list = new ConnectionList(engine.Shards, 0, 10, "alice", null);
            engine.Sweep(list);
            seen = (await list.Done).Select(static record => record.Caller).FirstOrDefault();
        }

        Assert.Equal(OwnScheme.Until, seen.Expires);
    }

    [Fact]
    public async Task A_user_whose_name_is_too_long_to_be_revoked_by_is_let_in_nowhere()
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, new string('a', 201), "user:a");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("token.malformed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? user, string room)
    {
        using var client = new HttpClient();
        string address = _application!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var request = new HttpRequestMessage(method, $"{address}/rt/rooms/{room}");
        request.Headers.Add("X-User", user is null ? [] : [user]);

        // Access is the application's: where a request comes from does not matter any more. Its pages are, for cookies.
        request.Headers.Add("Via", "1.1 elsewhere");
        request.Headers.Add("Origin", address);
        request.Content = method == HttpMethod.Post ? new StringContent("1", Encoding.UTF8, "application/json") : null;
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class Result(AuthenticateResult result) : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; } = result;
    }

    /// <summary>Believes a header: what an application's cookie would say.</summary>
    private sealed class OwnScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        public static readonly DateTimeOffset Until = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"] is not [{ } user])
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var properties = new AuthenticationProperties { IssuedUtc = TimeProvider.System.GetUtcNow(), ExpiresUtc = user.Contains("+until", StringComparison.Ordinal) ? Until : null };
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(UserOf(user, Scheme.Name), properties, Scheme.Name)));
        }

        public static ClaimsPrincipal UserOf(string user, string scheme)
        {
            string[] parts = user.Split('+');
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, parts[0])], scheme);
            foreach (string claim in parts.Where(static part => part.Contains('=')))
            {
                identity.AddClaim(new Claim(claim.Split('=')[0], claim.Split('=')[1]));
            }

            if (parts.Contains("chat"))
            {
                identity.AddClaim(new Claim("godwit", "{\"chat:*\":[\"read\",\"history\"]}"));
            }

            return new ClaimsPrincipal(identity);
        }
    }
}
