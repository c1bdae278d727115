using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Access;

/// <summary>Decides whether a request is answered: the one place for every path, method and transport under the mount.</summary>
internal sealed class AccessGate(ICredentials credentials, Orders orders, IOptions<GodwitHttpOptions> options)
{
    private readonly GodwitHttpOptions _options = options.Value;

    /// <summary>Says who asks, by the credential that the request shows.</summary>
    /// <param name="context">A request that is admitted.</param>
    /// <param name="mayFollow">Whether a credential may still come: in the body of an exchange, or with hello.</param>
    /// <exception cref="Brokers.BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    public ValueTask<Identification> IdentifyAsync(HttpContext context, bool mayFollow) =>
        orders.IsWatching || !(credentials.AreChecked || ApplicationUser.IsAsked(context)) ? Identify(context, mayFollow) : WatchAndIdentifyAsync(context, mayFollow);

    // What was revoked while this server was not there must be known before a credential is looked at.
    private async ValueTask<Identification> WatchAndIdentifyAsync(HttpContext context, bool mayFollow)
    {
        await orders.WatchAsync(context.RequestAborted).ConfigureAwait(false);
        return await Identify(context, mayFollow).ConfigureAwait(false);
    }

    private ValueTask<Identification> Identify(HttpContext context, bool mayFollow)
    {
        bool isAsked = ApplicationUser.IsAsked(context);
        if (!credentials.AreChecked && !isAsked)
        {
            // Where everyone may do everything, everyone still has the rates of an address: only whoever sits at this machine has none.
            return new(_options.Anonymous == AnonymousAccess.LocalRequests ? Caller.Unchecked
                : LocalRequest.WhyNot(context) is null ? Caller.UncheckedGuest
                : Anonymous(context));
        }

        if (credentials.AreChecked)
        {
            if (!RequestCredentials.TryFind(context, out PresentedCredential? presented, out AccessRefusal refusal))
            {
                return new(refusal);
            }

            if (presented is { } shown && !(isAsked && !_options.Access.TakesTokens && _options.Access.ApiKeys.Count == 0))
            {
                return credentials.IdentifyAsync(shown, context.RequestAborted);
            }
        }

        if ((isAsked || _options.Access.ApplicationUsers) && ApplicationUser.Identify(context) is { } user)
        {
            return new(orders.Revocations.Check(user));
        }

        return new(credentials.TakesAnonymous || mayFollow ? Anonymous(context) : Missing);
    }

    /// <summary>The refusal of a caller that showed nothing, where nobody may do anything without a credential.</summary>
    public static AccessRefusal Missing => new(ErrorCode.CredentialMissing, "Send a token or an API key as 'Authorization: Bearer'.");

    private Caller Anonymous(HttpContext context) => new()
    {
        Grants = _options.Anonymous == AnonymousAccess.Everyone ? Grants.Everything : Grants.None,
        Address = context.Connection.RemoteIpAddress,
    };

    /// <summary>Whether the request may go on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="origin">What its <c>Origin</c> says.</param>
    /// <param name="refusal">The answer otherwise.</param>
    public bool Admits(HttpContext context, OriginStanding origin, out Problem refusal)
    {
        refusal = default;
        if (_options.Anonymous == AnonymousAccess.LocalRequests && !credentials.AreChecked && !ApplicationUser.IsAsked(context))
        {
            string? why = LocalRequest.WhyNotDirect(context) ?? (origin == OriginStanding.Foreign ? "its Origin is neither a loopback host nor listed" : null);
            if (why is null)
            {
                return true;
            }

            refusal = new Problem(
                ErrorCode.AccessUnconfigured,
                $"This request is not local: {why}. To answer everyone, start the server with --allow-anonymous, or set GodwitHttpOptions.Anonymous to Everyone in the application.");
            return false;
        }

        if (origin != OriginStanding.Foreign)
        {
            return true;
        }

        refusal = AllowedOrigins.Refusal(context);
        return false;
    }
}
