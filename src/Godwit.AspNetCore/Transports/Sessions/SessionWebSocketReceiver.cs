using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Protocol.WebSockets;
using Godwit.Sessions;
using Godwit.Sessions.Frames;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>The receiving side of a session's WebSocket: each message is a frame for the session.</summary>
internal sealed partial class SessionWebSocketReceiver(
    IUpgraded client, Connection connection, Session session, GodwitEngine engine, ConnectionCap cap, int maxMessage, ILogger logger)
    : WebSocketReceiver(client, connection, engine, cap, maxMessage, logger)
{
    private static readonly FrameFault Binary = new(ErrorCode.FrameInvalid, "A frame is a text message; bytes are published as 'bytes', in base64.");

    /// <inheritdoc/>
    protected override void OnDone() => session.Stop();

    /// <inheritdoc/>
    protected override async ValueTask<bool> TakeMessageAsync(WebSocketReceived message)
    {
        try
        {
            return await (message.Kind == WebSocketReceivedKind.Binary ? session.RefuseAsync(Binary) : session.TakeAsync(message.Payload.Span)).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (session.IsStopping)
        {
            // It was held up by its client until the server had stopped; there is no store any more to carry it out.
            Connection.Abort();
            return false;
        }
        catch (Exception failure)
        {
            Log.Failed(Logger, failure);
            Connection.Close(Framing.WebSocket.End(ErrorCode.Internal));
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A frame of a session could not be carried out; its WebSocket was closed.", EventName = "FrameFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
