using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Godwit.Sessions.Signalling;
using Godwit.Sessions.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>Signalling of data channels (the convention of WHIP, RFC 9725): an offer is answered, and the peer that was made for it is ended at the address in <c>Location</c>.</summary>
/// <param name="engine">The engine.</param>
/// <param name="drain">Waits for peers as for requests when the server stops.</param>
/// <param name="cap">What may be held open.</param>
/// <param name="credentials">Who callers are.</param>
/// <param name="tokens">Signs the names of peers, so that every server knows one for what it is.</param>
/// <param name="orders">Ends peers of other servers.</param>
/// <param name="bodies">What bodies may cost.</param>
/// <param name="peers">The peers; null where the server has no data channels.</param>
internal sealed class PeerEndpoint(GodwitEngine engine, ServerDrain drain, ConnectionCap cap, ICredentials credentials, SessionTokens tokens, Orders orders, BodyLimits bodies, IPeerConnections? peers = null)
{
    /// <summary>The route parameter with the peer's name.</summary>
    public const string NameParameter = "peer";

    /// <summary>What the path of a peer takes.</summary>
    public static readonly string[] Methods = ["DELETE", "OPTIONS"];

    private const string MediaType = "application/sdp";
    private const int MostOctets = 16 << 10;

    /// <summary>Whether a POST brings an offer.</summary>
    public static bool IsOffer(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers an offer.</summary>
    public async Task OfferAsync(HttpContext context, Caller caller)
    {
        if (await AnswerAsync(context, caller).ConfigureAwait(false) is { } refusal)
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
        }
    }

    /// <summary>Answers a request for one peer: it is ended, wherever it is.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        if (!HttpMethods.IsDelete(context.Request.Method))
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "A peer is ended with DELETE. Candidates are not trickled, and ICE is not restarted: offer again.") { Allowed = Methods }).ConfigureAwait(false);
            return;
        }

        var name = context.Request.RouteValues[NameParameter] as string;
        UInt128? id = peers is null ? null : await ReadNameAsync(name, caller, context.RequestAborted).ConfigureAwait(false);
        if (id is not { } known)
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.PeerUnknown, "The name is none that a Location gave to this caller, or it is too old.")).ConfigureAwait(false);
            return;
        }

        // It may have ended by itself, and it may be another server's.
        if (!peers!.TryEnd(known) && !orders.Ends.Knows(known))
        {
            if (engine.Limits.RefusesEnd(caller, out AccessRefusal refusal))
            {
                await ProblemWriter.WriteAsync(context, Problem.From(refusal)).ConfigureAwait(false);
                return;
            }

            await orders.EndAsync(known, context.RequestAborted).ConfigureAwait(false);
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentLength = 0;
    }

    /// <summary>Answers with 201, or says why not: then nothing is held any more, and nothing is written.</summary>
    private async Task<Problem?> AnswerAsync(HttpContext context, Caller caller)
    {
        if (peers is null)
        {
            return new Problem(ErrorCode.WebRtcUnconfigured, "This server has no data channels; they come with godwit serve.");
        }

        if (engine.IsDraining)
        {
            return DrainAnswers.Refusal();
        }

        if (caller is { IsAnonymous: true, IsUnchecked: false } && credentials is { AreChecked: true, TakesAnonymous: false })
        {
            // Before anything is made for it: a data channel has no other place for a credential that comes in time.
            return Problem.From(AccessGate.Missing);
        }

        if (context.Request.ContentLength > MostOctets)
        {
            return TooLarge;
        }

        WholeBody.Allow(context.Request, MostOctets);
        byte[]? sdp = await WholeBody.ReadAsync(context.Request.BodyReader, bodies, caller, MostOctets, 0, static (body, _) => body.ToArray(), static (_, _) => (byte[]?)null).ConfigureAwait(false);
        if (sdp is null)
        {
            return TooLarge;
        }

        SessionIdentity identity = await tokens.IdentifyAsync(null, SubjectOf(caller), context.RequestAborted).ConfigureAwait(false);
        if (!cap.TryTakeLasting(context, out Problem refusal))
        {
            return refusal;
        }

        AddressPlaces? places = cap.Keep(context);
        var offer = new PeerOffer(
            identity.Id,
            sdp,
            caller,
            RequestCredentials.OriginOf(context),
            context.Connection.RemoteIpAddress,
            LocalRequest.WhyNot(context) is null,
            () => Leave(places));
        drain.OnRequest();
        OfferOutcome outcome;
        try
        {
            outcome = peers.Answer(offer);
        }
        catch
        {
            Leave(places);
            throw;
        }

        if (outcome.Answer is not { } answer)
        {
            Leave(places);
            return new Problem(outcome.Code!, outcome.Detail) { Line = outcome.Line };
        }

        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentType = MediaType;
        context.Response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path}/{identity.Token}";
        await context.Response.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    /// <summary>Names are signed as session tokens are, but for another subject: a client's token names no peer, of which it can have any number.</summary>
    private static string SubjectOf(Caller caller) => $"peer:{caller.Subject}";

    private async ValueTask<UInt128?> ReadNameAsync(string? name, Caller caller, CancellationToken cancel)
    {
        SessionIdentity identity = await tokens.IdentifyAsync(name, SubjectOf(caller), cancel).ConfigureAwait(false);
        return identity.Resumed ? identity.Id : null;
    }

    private void Leave(AddressPlaces? places)
    {
        cap.Release(places);
        drain.OnAnswered();
    }

    private static Problem TooLarge => new(ErrorCode.BodyTooLarge, $"The server takes offers of up to {MostOctets} octets.");
}
