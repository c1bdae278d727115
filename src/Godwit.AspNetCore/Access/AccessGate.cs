using Godwit.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Access;

/// <summary>Decides whether a request is answered: the one place for every path, method and transport under the mount.</summary>
internal sealed class AccessGate(ICredentials credentials, IOptions<GodwitHttpOptions> options)
{
    private readonly GodwitHttpOptions _options = options.Value;

    /// <summary>Says who asks, by the credential that the request shows.</summary>
    /// <param name="context">A request that is admitted.</param>
    public ValueTask<Identification> IdentifyAsync(HttpContext context)
    {
        if (!credentials.AreChecked)
        {
            // Where everyone may do everything, everyone still has the rates of an address: only whoever sits at this machine has none.
            return new(_options.Anonymous == AnonymousAccess.LocalRequests || LocalRequest.WhyNot(context) is null
                ? Caller.Unchecked
                : new Caller { Grants = Grants.Everything, Address = context.Connection.RemoteIpAddress });
        }

        if (RequestCredentials.Find(context) is { } presented)
        {
            return credentials.IdentifyAsync(presented, context.RequestAborted);
        }

        return new(new Caller { Address = context.Connection.RemoteIpAddress });
    }

    /// <summary>Whether the request may go on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="origin">What its <c>Origin</c> says.</param>
    /// <param name="refusal">The answer otherwise.</param>
    public bool Admits(HttpContext context, OriginStanding origin, out Problem refusal)
    {
        refusal = default;
        if (_options.Anonymous == AnonymousAccess.LocalRequests)
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
