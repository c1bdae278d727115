using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

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

    /// <summary>Whether the request may go on. If it has an <c>Origin</c>, that one may also read the answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="refusal">The answer otherwise.</param>
    public bool Admits(HttpContext context, out Problem refusal)
    {
        refusal = default;
        if (_options.Anonymous == AnonymousAccess.LocalRequests)
        {
            if (LocalRequest.WhyNot(context) is not { } why)
            {
                return true;
            }

            refusal = new Problem(
                ErrorCode.AccessUnconfigured,
                $"This request is not local: {why}. To answer everyone, start the server with --allow-anonymous, or set GodwitHttpOptions.Anonymous to Everyone in the application.");
            return false;
        }

        StringValues origins = context.Request.Headers.Origin;
        if (origins.Count == 0)
        {
            return true;
        }

        if (origins.Count == 1 && Origin.TryParse(origins[0], out Origin origin)
            && (origin.IsHost(context.Request.Host.Value) || (origin.IsLoopback && LocalRequest.WhyNotDirect(context) is null)))
        {
            return true;
        }

        refusal = new Problem(ErrorCode.OriginRefused, "The page that asks must have the same host and port as this server.");
        return false;
    }
}
