using Godwit.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>GET of a room, or CONNECT for a WebSocket over HTTP/2: chooses the transport, checks what is asked for, and hands over.</summary>
internal sealed class RoomEndpoint(
    GodwitEngine engine,
    [FromKeyedServices(TransportKind.Polling)] IRoomTransport polling,
    [FromKeyedServices(TransportKind.ServerSentEvents)] IRoomTransport serverSentEvents,
    [FromKeyedServices(TransportKind.HttpStreaming)] IRoomTransport httpStreaming,
    [FromKeyedServices(TransportKind.WebSocket)] IRoomTransport webSocket,
    RoomPolicies policies,
    RoomAccess access,
    IOptions<GodwitOptions> options)
{
    private readonly TimeSpan _maxWait = options.Value.MaxWait;

    /// <summary>Answers the request. The task is the transport's own: a reader that waits holds nothing of this endpoint.</summary>
    public Task RunAsync(HttpContext context, RoomName room, Caller caller)
    {
        if (Choose(context.Request) is not { } transport)
        {
            return ProblemWriter.WriteAsync(context, new Problem(
                ErrorCode.AcceptUnsupported,
                "A room is read as application/json (polls), text/event-stream (server-sent events) or application/x-ndjson (HTTP streaming).")
            { Allowed = AcceptHeader.MediaTypes });
        }

        if (!RoomQuery.TryRead(context.Request, room, transport, _maxWait, out RoomRequest? asked, out Problem problem))
        {
            return ProblemWriter.WriteAsync(context, problem);
        }

        // Who did not ask for the past is not refused for having no right to it.
        ReadFrom from = asked.BeginsAnywhere && (access.Of(caller, room) & Rights.History) == 0 ? ReadFrom.Now : asked.From;
        if (access.RefusesRead(caller, room, ref from, out AccessRefusal denied))
        {
            return ProblemWriter.WriteAsync(context, Problem.From(denied));
        }

        if (engine.IsDraining && transport != TransportKind.Polling)
        {
            return MountEndpoint.RefuseAsync(context, DrainAnswers.Refusal());
        }

        asked.From = from;
        asked.Caller = caller;
        asked.Delivery = policies.For(room).Delivery;
        IRoomTransport to = transport switch
        {
            TransportKind.ServerSentEvents => serverSentEvents,
            TransportKind.HttpStreaming => httpStreaming,
            TransportKind.WebSocket => webSocket,
            _ => polling,
        };
        ValueTask<AccessRefusal?> refuses = engine.Reads.RefusesNewAsync(room, caller, context.RequestAborted);
        return refuses.IsCompletedSuccessfully ? GoOn(to, context, asked, refuses.Result) : GoOnAsync(to, context, asked, refuses);
    }

    private static async Task GoOnAsync(IRoomTransport to, HttpContext context, RoomRequest asked, ValueTask<AccessRefusal?> refuses) =>
        await GoOn(to, context, asked, await refuses.ConfigureAwait(false)).ConfigureAwait(false);

    private static Task GoOn(IRoomTransport to, HttpContext context, RoomRequest asked, AccessRefusal? refusal) =>
        refusal is { } tooMany ? MountEndpoint.RefuseAsync(context, Problem.From(tooMany)) : to.RunAsync(context, asked);

    /// <summary>The transport that a request asks for; null for 406.</summary>
    public static TransportKind? Choose(HttpRequest request) =>
        OpeningHandshake.IsOffered(request) ? TransportKind.WebSocket : AcceptHeader.Choose(request.Headers.Accept);
}
