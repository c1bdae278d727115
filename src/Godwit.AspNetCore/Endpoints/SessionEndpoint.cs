using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Requests;
using Godwit.AspNetCore.Transports.Sessions;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Protocol;
using Godwit.Sessions;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The path of sessions: chooses how a session is to go on, and hands over.</summary>
internal sealed class SessionEndpoint(SessionWebSocketTransport webSocket, SessionExchangeTransport exchange, SessionStreamTransport stream, RequestTurns turns, ICredentials credentials, SessionServices services, BodyLimits bodies, PeerEndpoint peers)
{
    /// <summary>What the path takes.</summary>
    public static readonly string[] Methods = ["GET", "POST", "OPTIONS"];

    private static readonly string[] MediaTypes = ["application/json", "text/event-stream"];

    private readonly int _mostRooms = services.MaxRooms;

    /// <summary>Answers the request.</summary>
    public Task RunAsync(HttpContext context, Caller caller)
    {
        HttpRequest request = context.Request;
        if (OpeningHandshake.IsOffered(request))
        {
            return webSocket.RunAsync(context, caller);
        }

        if (HttpMethods.IsPost(request.Method))
        {
            return PeerEndpoint.IsOffer(request) ? peers.OfferAsync(context, caller) : ExchangeAsync(context, caller);
        }

        return ProblemWriter.WriteAsync(context, HttpMethods.IsGet(request.Method)
            ? new Problem(ErrorCode.UpgradeRequired, "A session is a WebSocket here, or an exchange or the offer of a data channel with POST.")
            : new Problem(ErrorCode.MethodUnsupported, "A session is a WebSocket (GET with Upgrade), or an exchange or the offer of a data channel with POST.") { Allowed = Methods });
    }

    private async Task ExchangeAsync(HttpContext context, Caller caller)
    {
        if (AcceptHeader.Choose(context.Request.Headers.Accept, takesLines: false) is not { } kind)
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.AcceptUnsupported, "An exchange is answered as application/json, or with a text/event-stream.") { Allowed = MediaTypes }).ConfigureAwait(false);
            return;
        }

        ExchangeBody body = await ExchangeBody.ReadAsync(context.Request, bodies, caller).ConfigureAwait(false);
        if (body.Request is not { } asked)
        {
            await ProblemWriter.WriteAsync(context, body.Refusal).ConfigureAwait(false);
            return;
        }

        asked = asked with { Origin = RequestCredentials.OriginOf(context) };
        if (asked.Credential is { } presented && credentials.AreChecked)
        {
            Identification identified = await credentials.IdentifyAsync(RequestCredentials.From(context, presented), context.RequestAborted).ConfigureAwait(false);
            if (identified.Caller is not { } known)
            {
                await ProblemWriter.WriteAsync(context, Problem.From(identified.Refusal)).ConfigureAwait(false);
                return;
            }

            caller = known;
        }
        else if (caller.IsAnonymous && credentials is { AreChecked: true, TakesAnonymous: false })
        {
            await ProblemWriter.WriteAsync(context, Problem.From(AccessGate.Missing)).ConfigureAwait(false);
            return;
        }

        // It has had its own turn; what it sends counts like the messages of a WebSocket, and so do rooms that are only refused.
        int further = Math.Max(0, asked.Send.Count - 1) + Math.Max(0, asked.Rooms.Count - _mostRooms);
        if (further > 0 && await turns.WaitAsync(context, caller, further).ConfigureAwait(false) is { } tooSoon)
        {
            await MountEndpoint.RefuseAsync(context, tooSoon).ConfigureAwait(false);
            return;
        }

        Task running = kind == TransportKind.ServerSentEvents ? stream.RunAsync(context, asked, caller) : exchange.RunAsync(context, asked, caller);

        // It is theirs, and would be held as long as this task runs.
        body = default;
        asked = null;
        await running.ConfigureAwait(false);
    }
}
