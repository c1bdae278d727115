using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>GET of a room: chooses the transport, checks what is asked for, and hands over.</summary>
internal sealed class RoomEndpoint(
    GodwitEngine engine,
    [FromKeyedServices(TransportKind.Polling)] IRoomTransport polling,
    [FromKeyedServices(TransportKind.ServerSentEvents)] IRoomTransport serverSentEvents,
    [FromKeyedServices(TransportKind.HttpStreaming)] IRoomTransport httpStreaming,
    [FromKeyedServices(TransportKind.WebSocket)] IRoomTransport webSocket,
    IOptions<GodwitOptions> options)
{
    private readonly TimeSpan _maxWait = options.Value.MaxWait;

    /// <summary>Answers the request. The task is the transport's own: a reader that waits holds nothing of this endpoint.</summary>
    public Task RunAsync(HttpContext context, RoomName room)
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

        if (engine.IsDraining && transport != TransportKind.Polling)
        {
            return MountEndpoint.RefuseAsync(context, DrainAnswers.Refusal());
        }

        return (transport switch
        {
            TransportKind.ServerSentEvents => serverSentEvents,
            TransportKind.HttpStreaming => httpStreaming,
            TransportKind.WebSocket => webSocket,
            _ => polling,
        }).RunAsync(context, asked);
    }

    /// <summary>The transport that a request asks for; null for 406.</summary>
    public static TransportKind? Choose(HttpRequest request) =>
        IsWebSocket(request) ? TransportKind.WebSocket : AcceptHeader.Choose(request.Headers.Accept);

    /// <summary>Whether the client offers to go on in the WebSocket protocol (RFC 9110 §7.8); that the rest of its handshake is right is the transport's to check.</summary>
    private static bool IsWebSocket(HttpRequest request)
    {
        if (request.Headers.Upgrade.Count == 0 || !HttpProtocol.IsHttp11(request.Protocol))
        {
            return false;
        }

        foreach (string? line in request.Headers.Upgrade)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                if (line.AsSpan()[range].Trim(" \t").Equals("websocket", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
