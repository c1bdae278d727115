using System.Net;
using System.Security.Claims;
using System.Text;
using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore;
using Godwit.Rooms;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
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

    /// <summary>Believes a header: what an application's cookie would say.</summary>
    private sealed class OwnScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"] is not [{ } user])
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            string[] parts = user.Split('+');
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, parts[0])], Scheme.Name);
            foreach (string claim in parts.Where(static part => part.Contains('=')))
            {
                identity.AddClaim(new Claim(claim.Split('=')[0], claim.Split('=')[1]));
            }

            if (parts.Contains("chat"))
            {
                identity.AddClaim(new Claim("godwit", "{\"chat:*\":[\"read\",\"history\"]}"));
            }

            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), new AuthenticationProperties { IssuedUtc = TimeProvider.System.GetUtcNow() }, Scheme.Name)));
        }
    }
}
