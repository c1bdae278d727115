using System.Security.Claims;
using System.Threading.RateLimiting;
using Godwit.Access.Tickets;
using Godwit.Samples.Chat.Rooms;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>Signing in and out. A cookie says to this application who the user is; to Godwit a ticket does, a new one for each connection.</summary>
internal static class AccountEndpoints
{
    private const string SignInRate = "sign-in";

    /// <summary>The name of the user, as in tokens (RFC 7519, section 4.1.2).</summary>
    private const string UserClaim = "sub";

    /// <summary>Adds what signing in takes.</summary>
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        services.AddSingleton<Passwords>();
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AccountJson.Default));
        services.AddProblemDetails();
        services.AddAuthorization();
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure<IOptions<ChatOptions>>(static (options, chat) =>
        {
            options.Cookie.Name = "chat";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.ExpireTimeSpan = chat.Value.SignInLife;
            options.Events.OnRedirectToLogin = static context =>
            {
                // The sign-in form is on the page that asks.
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
        services.AddRateLimiter(static limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = static async (context, _) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "3";
                await Refusal(StatusCodes.Status429TooManyRequests, "Too many attempts to sign in. Wait a few seconds.").ExecuteAsync(context.HttpContext);
            };
            limiter.AddPolicy(SignInRate, static context => RateLimitPartition.GetTokenBucketLimiter(
                context.Connection.RemoteIpAddress,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = context.RequestServices.GetRequiredService<IOptions<ChatOptions>>().Value.SignInAttempts,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(3),
                }));
        });
    }

    /// <summary>Maps the endpoints. What changes something is for this origin's pages alone.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/scene", static (HttpContext context, IOptions<ChatOptions> options) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Ok(new Scene(context.User.FindFirstValue(UserClaim), options.Value.Rooms, ChatRooms.EntryBytes));
        });
        RouteGroupBuilder changes = endpoints.MapGroup("").AddEndpointFilter(OwnOrigin.CheckAsync).WithMetadata(new RequestSizeLimitAttribute(4 << 10));
        changes.MapPost("/sign-in", SignInAsync).RequireRateLimiting(SignInRate);
        changes.MapPost("/ticket", (HttpContext context, TicketIssuer issuer, IOptions<ChatOptions> options, TimeProvider time) =>
            AdmitAsync(context, context.User.FindFirstValue(UserClaim)!, issuer, options.Value, time)).RequireAuthorization();
        changes.MapPost("/sign-out", static async (HttpContext context) =>
        {
            await context.SignOutAsync();
            return Results.NoContent();
        });
    }

    private static async Task<IResult> SignInAsync(SignIn asked, HttpContext context, Passwords passwords, TicketIssuer issuer, IOptions<ChatOptions> options, TimeProvider time)
    {
        if (asked is not { Name.Length: > 0 and <= 32, Password.Length: > 0 and <= 256 } || !passwords.Fit(asked.Name, asked.Password))
        {
            return Refusal(StatusCodes.Status401Unauthorized, "That name and password do not fit together.");
        }

        var identity = new ClaimsIdentity([new Claim(UserClaim, asked.Name)], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
        return await AdmitAsync(context, asked.Name, issuer, options.Value, time);
    }

    /// <summary>A ticket of the user, who is taken from the sign-in and from nothing that the page says.</summary>
    private static async Task<IResult> AdmitAsync(HttpContext context, string user, TicketIssuer issuer, ChatOptions options, TimeProvider time)
    {
        Ticket ticket = await issuer.IssueAsync(
            new TicketTerms { User = user, Origin = context.Request.Headers.Origin, Ends = time.GetUtcNow() + options.TicketHolds },
            context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new Admission(user, ticket.Text, ticket.Expires.ToUnixTimeMilliseconds()));
    }

    /// <summary>A problem document (RFC 9457) with a sentence for the user.</summary>
    private static IResult Refusal(int status, string title) => TypedResults.Problem(statusCode: status, title: title);
}
