using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Transports.Sessions;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The path of sessions: chooses how a session is to go on, and hands over.</summary>
internal sealed class SessionEndpoint(SessionWebSocketTransport webSocket)
{
    /// <summary>What the path takes.</summary>
    public static readonly string[] Methods = ["GET", "OPTIONS"];

    /// <summary>Answers the request.</summary>
    public Task RunAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (OpeningHandshake.IsOffered(request))
        {
            return webSocket.RunAsync(context);
        }

        return ProblemWriter.WriteAsync(context, HttpMethods.IsGet(request.Method)
            ? new Problem(ErrorCode.UpgradeRequired, "A session is a WebSocket here, or an exchange with POST.")
            : new Problem(ErrorCode.MethodUnsupported, "A session is a WebSocket (GET with Upgrade), or an exchange with POST.") { Allowed = Methods });
    }
}
