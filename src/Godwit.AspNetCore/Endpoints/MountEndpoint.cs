using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Access.Origins;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Endpoints.Administration;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.AspNetCore.Transports.Streams;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>Everything under a mount point begins and ends here: what all answers have in common, who may ask, and what becomes of failures.</summary>
internal sealed partial class MountEndpoint(
    GodwitEngine engine,
    ServerDrain drain,
    AllowedOrigins origins,
    TrustedProxies proxies,
    AccessGate gate,
    RequestTurns turns,
    RoomEndpoint read,
    PublishEndpoint publish,
    PublishStreamEndpoint publishMany,
    SessionEndpoint session,
    PeerEndpoint peers,
    TicketEndpoint tickets,
    LinkEndpoint links,
    AdminEndpoints admin,
    ClientEndpoint client,
    ILogger<MountEndpoint> logger)
{
    /// <summary>The route parameter with the room's name.</summary>
    public const string RoomParameter = "room";

    private TicketEndpoint Tickets => tickets;

    private LinkEndpoint Links => links;

    private ClientEndpoint Client => client;

    private const int RequestsAtOnce = 16;

    [ThreadStatic]
    private static int _sinceYield;

    private static readonly string[] RoomMethods = ["GET", "POST", "DELETE", "OPTIONS"];
    private static readonly string[] ListMethods = ["GET", "OPTIONS"];
    private static readonly string[] PublishMethods = ["POST", "OPTIONS"];

    /// <summary>Answers a request for a room.</summary>
    public Task RunRoomAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Room(context, caller));

    /// <summary>Answers a publish stream.</summary>
    public Task RunPublishAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Publish(context, caller));

    /// <summary>Answers a request for sessions.</summary>
    public Task RunSessionAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Session(context, caller), mayFollow: true);

    /// <summary>Answers a request for one peer, whose session comes over data channels.</summary>
    public Task RunPeerAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Peer(context, caller));

    /// <summary>Answers a request for a ticket.</summary>
    public Task RunTicketsAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Make(context, caller, mount.Tickets.RunAsync));

    /// <summary>Answers a request for a signed link.</summary>
    public Task RunLinksAsync(HttpContext context) => RunAsync(context, static (mount, context, caller) => mount.Make(context, caller, mount.Links.RunAsync));

    /// <summary>Answers a request for a module of the JavaScript client, whoever asks: modules are public, and a browser shows no credential for them.</summary>
    public Task RunClientAsync(HttpContext context) => RunAsync(context, static (mount, context, _) => mount.Client.RunAsync(context), isOpen: true);

    /// <summary>Answers a request of an administrator.</summary>
    /// <param name="context">The request.</param>
    /// <param name="lists">Whether it lists something, by GET, or changes something, by POST.</param>
    /// <param name="answer">Answers it.</param>
    public Task RunAdministrationAsync(HttpContext context, bool lists, Func<AdminEndpoints, HttpContext, Caller, Task> answer) =>
        RunAsync(context, (mount, context, caller) => mount.Administrate(context, caller, lists, answer));

    /// <summary>Answers a request for any other path.</summary>
    /// <param name="context">The request.</param>
    /// <param name="paths">What there is.</param>
    public Task RunUnknownAsync(HttpContext context, MountPaths paths) =>
        RunAsync(context, (_, context, _) => ProblemWriter.WriteAsync(context, paths.Unknown()));

    private async Task RunAsync(HttpContext context, Func<MountEndpoint, HttpContext, Caller, Task> answer, bool mayFollow = false, bool isOpen = false)
    {
        drain.OnRequest();
        try
        {
            if (++_sinceYield % RequestsAtOnce == 0)
            {
                // Requests that are sent without waiting for answers follow each other on one thread, which others wait for.
                await Task.Yield();
            }

            proxies.Apply(context);
            await AdmitAsync(context, answer, mayFollow, isOpen).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await FailAsync(context, failure).ConfigureAwait(false);
        }
        finally
        {
            drain.OnAnswered();
        }

        Log.Answered(logger, context.Request.Method, context.Request.Path, context.Response.StatusCode);
    }

    private Task AdmitAsync(HttpContext context, Func<MountEndpoint, HttpContext, Caller, Task> answer, bool mayFollow, bool isOpen)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Vary = "Origin";
        headers.XContentTypeOptions = "nosniff";
        if (engine.IsDraining)
        {
            DrainAnswers.Dismiss(context);
        }

        OriginStanding origin = origins.Judge(context);
        if (origin == OriginStanding.Taken)
        {
            // Refusals too: a page that cannot read why it is refused can only try again.
            origins.Expose(context);
            if (CrossOrigin.IsPreflight(request))
            {
                // A browser that may not ask cannot tell its page what is wrong: preflights come before everything else.
                CrossOrigin.AnswerPreflight(context);
                return Task.CompletedTask;
            }
        }

        if (!gate.Admits(context, origin, out Problem refusal))
        {
            return ProblemWriter.WriteAsync(context, refusal);
        }

        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
        {
            // Stored as it came it would be data that no reader can make out (RFC 9110 section 8.4).
            headers.AcceptEncoding = "identity";
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MediaTypeUnsupported, "Send the body without Content-Encoding."));
        }

        ValueTask<Identification> identifying = isOpen ? new(new Caller { Address = context.Connection.RemoteIpAddress }) : gate.IdentifyAsync(context, mayFollow);
        return identifying.IsCompletedSuccessfully ? GoOn(context, origin, identifying.Result, answer) : GoOnAsync(context, origin, identifying, answer);
    }

    private async Task GoOnAsync(HttpContext context, OriginStanding origin, ValueTask<Identification> identifying, Func<MountEndpoint, HttpContext, Caller, Task> answer) =>
        await GoOn(context, origin, await identifying.ConfigureAwait(false), answer).ConfigureAwait(false);

    private Task GoOn(HttpContext context, OriginStanding origin, in Identification identified, Func<MountEndpoint, HttpContext, Caller, Task> answer)
    {
        if (identified.Caller is not { } caller)
        {
            // Whoever shows what is not good is counted like one who shows nothing.
            caller = new Caller { Address = context.Connection.RemoteIpAddress };
            ValueTask<Problem?> waiting = turns.WaitAsync(context, caller);
            return waiting.IsCompletedSuccessfully && waiting.Result is null
                ? ProblemWriter.WriteAsync(context, Problem.From(identified.Refusal))
                : RefuseInTurnAsync(context, waiting, Problem.From(identified.Refusal));
        }

        ValueTask<Problem?> turn = turns.WaitAsync(context, caller);
        return turn.IsCompletedSuccessfully && turn.Result is null ? Answer(context, origin, caller, answer) : AnswerInTurnAsync(context, origin, caller, turn, answer);
    }

    private static async Task RefuseInTurnAsync(HttpContext context, ValueTask<Problem?> turn, Problem denied) =>
        await RefuseAsync(context, await turn.ConfigureAwait(false) ?? denied).ConfigureAwait(false);

    private async Task AnswerInTurnAsync(HttpContext context, OriginStanding origin, Caller caller, ValueTask<Problem?> turn, Func<MountEndpoint, HttpContext, Caller, Task> answer) =>
        await (await turn.ConfigureAwait(false) is { } tooSoon ? RefuseAsync(context, tooSoon) : Answer(context, origin, caller, answer)).ConfigureAwait(false);

    private Task Answer(HttpContext context, OriginStanding origin, Caller caller, Func<MountEndpoint, HttpContext, Caller, Task> answer) =>
        AmbientIdentity.Refuses(context, caller, origin, out Problem refusal) ? ProblemWriter.WriteAsync(context, refusal) : answer(this, context, caller);

    private Task Room(HttpContext context, Caller caller)
    {
        HttpRequest request = context.Request;
        if (HttpMethods.IsOptions(request.Method))
        {
            return AllowAsync(context, RoomMethods);
        }

        bool reads = HttpMethods.IsGet(request.Method) || OpeningHandshake.IsExtendedConnect(request);
        bool deletes = HttpMethods.IsDelete(request.Method);
        if (!reads && !deletes && !HttpMethods.IsPost(request.Method))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "A room is read with GET, published to with POST, and trimmed or ended with DELETE.") { Allowed = RoomMethods });
        }

        if (!RoomName.TryParse(request.RouteValues[RoomParameter] as string, out RoomName room))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.RoomInvalid, RoomName.Rule));
        }

        if (deletes)
        {
            return admin.Refuses(caller, out Problem refusal) ? ProblemWriter.WriteAsync(context, refusal) : admin.Ends.RunAsync(context, room);
        }

        return reads ? read.RunAsync(context, room, caller) : publish.RunAsync(context, room, caller);
    }

    private Task Publish(HttpContext context, Caller caller)
    {
        string method = context.Request.Method;
        if (HttpMethods.IsOptions(method))
        {
            return AllowAsync(context, PublishMethods);
        }

        return HttpMethods.IsPost(method)
            ? publishMany.RunAsync(context, caller)
            : ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "Publishes are sent here with POST, one a line.") { Allowed = PublishMethods });
    }

    private Task Session(HttpContext context, Caller caller) =>
        HttpMethods.IsOptions(context.Request.Method) ? AllowAsync(context, SessionEndpoint.Methods) : session.RunAsync(context, caller);

    private Task Peer(HttpContext context, Caller caller) =>
        HttpMethods.IsOptions(context.Request.Method) ? AllowAsync(context, PeerEndpoint.Methods) : peers.RunAsync(context, caller);

    private Task Make(HttpContext context, Caller caller, Func<HttpContext, Caller, Task> make)
    {
        string method = context.Request.Method;
        return HttpMethods.IsOptions(method) ? AllowAsync(context, PublishMethods)
            : HttpMethods.IsPost(method) ? make(context, caller)
            : ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "Credentials are made with POST.") { Allowed = PublishMethods });
    }

    private Task Administrate(HttpContext context, Caller caller, bool lists, Func<AdminEndpoints, HttpContext, Caller, Task> answer)
    {
        string method = context.Request.Method;
        string[] methods = lists ? ListMethods : PublishMethods;
        return HttpMethods.IsOptions(method) ? AllowAsync(context, methods)
            : !(lists ? HttpMethods.IsGet(method) : HttpMethods.IsPost(method)) ? ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, lists ? "Lists are read with GET." : "Orders are given with POST.") { Allowed = methods })
            : admin.Refuses(caller, out Problem refusal) ? ProblemWriter.WriteAsync(context, refusal)
            : answer(admin, context, caller);
    }

    private static Task AllowAsync(HttpContext context, string[] methods)
    {
        context.Response.Headers.Allow = string.Join(", ", methods);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private Task FailAsync(HttpContext context, Exception failure)
    {
        // Kestrel tells a request of its lost connection by an exception first and by the token a moment later.
        if (failure is ConnectionResetException or ConnectionAbortedException
            || (failure is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested))
        {
            // Or Kestrel goes on to the rest of a body that broke off, and logs an error for each client that hung up.
            context.Abort();
            return Task.CompletedTask;
        }

        Problem problem;
        switch (failure)
        {
            case BrokerUnavailableException { IsFull: true } full:
                Log.StoreFull(logger, full.Message);
                problem = new Problem(ErrorCode.StoreFull, full.Message) { RetryAfter = full.RetryAfter };
                break;
            case BrokerUnavailableException away:
                Log.StoreAway(logger, away);
                problem = new Problem(ErrorCode.StoreAway, "Try again with the same idempotency key, or from the same position.") { RetryAfter = away.RetryAfter };
                break;
            case ObjectDisposedException when engine.IsDraining:
            case OperationCanceledException:
                // Nobody hung up, so the server stops in the middle of the request.
                problem = DrainAnswers.Refusal();
                break;
            case BadHttpRequestException wrong:
                problem = wrong.StatusCode switch
                {
                    StatusCodes.Status408RequestTimeout => new Problem(ErrorCode.BodyTimeout, "Nothing was published."),
                    StatusCodes.Status503ServiceUnavailable => new Problem(ErrorCode.BodiesFull, wrong.Message) { RetryAfter = TimeSpan.FromMilliseconds(Random.Shared.Next(1_000, 3_001)) },
                    StatusCodes.Status413PayloadTooLarge => new Problem(ErrorCode.BodyTooLarge, "Nothing was published."),
                    _ => new Problem(ErrorCode.RequestMalformed, wrong.Message),
                };
                break;
            default:
                Log.Failed(logger, failure);
                problem = new Problem(ErrorCode.Internal, "The server's log says why.");
                break;
        }

        if (context.Response.HasStarted)
        {
            // The client must not take what it has for the whole answer.
            context.Abort();
            return Task.CompletedTask;
        }

        DrainAnswers.DismissIf(engine.IsDraining, context);
        return RefuseAsync(context, problem);
    }

    /// <summary>Refuses in the way that lets the client come back.</summary>
    public static Task RefuseAsync(HttpContext context, Problem problem) => problem.Code.Temporary && IsEventStream(context.Request)
        ? ServerSentEventsTransport.RefuseAsync(context, problem)
        : ProblemWriter.WriteAsync(context, problem);

    private static bool IsEventStream(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && RoomEndpoint.Choose(request) == TransportKind.ServerSentEvents;
}
