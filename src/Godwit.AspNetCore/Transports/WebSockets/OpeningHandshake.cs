using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Godwit.Protocol.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>The opening handshake of a WebSocket: over HTTP/1.1 an upgrade (RFC 6455 §4.2), over HTTP/2 an extended CONNECT (RFC 8441).</summary>
/// <remarks>Behind it both are a stream of octets, and nobody needs to know which.</remarks>
internal static class OpeningHandshake
{
    /// <summary>Whether the client asks to go on in the WebSocket protocol; that the rest of its handshake is right is for <see cref="Refuses"/> to say.</summary>
    /// <remarks>Every extended CONNECT counts as one, so that another <c>:protocol</c> is refused as a handshake.</remarks>
    public static bool IsOffered(HttpRequest request) =>
        IsExtendedConnect(request)
        || (request.Headers.Upgrade.Count > 0 && HttpProtocol.IsHttp11(request.Protocol) && WebSocketHandshake.AsksForWebSocket(request.Headers.Upgrade.ToString()));

    /// <summary>Whether the request is a CONNECT with <c>:protocol</c> (RFC 8441 §4), which has a path like a GET.</summary>
    public static bool IsExtendedConnect(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) && request.HttpContext.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    /// <summary>Checks the handshake.</summary>
    /// <param name="context">A request for which <see cref="IsOffered"/> holds.</param>
    /// <param name="refusal">What is wrong with it, where the result is true.</param>
    public static bool Refuses(HttpContext context, out Problem refusal)
    {
        IHeaderDictionary headers = context.Request.Headers;
        ErrorCode? code;
        string detail;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            // Upgrade, Connection and Sec-WebSocket-Key have no place in HTTP/2 (RFC 8441 §5).
            (code, detail) = connect.Protocol == "websocket"
                ? (WebSocketHandshake.CheckVersion(headers.SecWebSocketVersion, out detail), detail)
                : (ErrorCode.HandshakeInvalid, "The :protocol is not websocket.");
        }
        else
        {
            code = WebSocketHandshake.Check(headers.Upgrade, headers.Connection, headers.SecWebSocketKey, headers.SecWebSocketVersion, out detail);
            if (code is null && context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
            {
                (code, detail) = (ErrorCode.HandshakeInvalid, "The connection cannot be upgraded.");
            }
        }

        refusal = code is null ? default : new Problem(code, detail);
        return code is not null;
    }

    /// <summary>Answers the handshake: 101, or 200 over HTTP/2.</summary>
    /// <param name="context">A request that was not refused; nothing has been written.</param>
    /// <param name="subprotocol">The one that was chosen of those that the client offers; null for none.</param>
    /// <returns>What the frames go over, both ways.</returns>
    public static ValueTask<Stream> AcceptAsync(HttpContext context, string? subprotocol = null)
    {
        IHeaderDictionary answer = context.Response.Headers;
        if (subprotocol is not null)
        {
            answer.SecWebSocketProtocol = subprotocol;
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            FreeBody(context.Features);
            RequestHeaders.Forget(context);
            context.Response.StatusCode = StatusCodes.Status200OK;
            return connect.AcceptAsync();
        }

        // Kestrel adds Connection: Upgrade, but not the protocol (RFC 6455 §4.2.2).
        answer.Upgrade = "websocket";
        answer.SecWebSocketAccept = WebSocketHandshake.Accept(context.Request.Headers.SecWebSocketKey.ToString());
        RequestHeaders.Forget(context);
        return new ValueTask<Stream>(context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
    }

    /// <summary>What a WebSocket carries is no body, which would have a size and come at a pace: an upgrade is freed of both by Kestrel itself.</summary>
    private static void FreeBody(IFeatureCollection features)
    {
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
