using Godwit.AspNetCore.Lanes;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Protocol.WebSockets;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>Delivers a room over a WebSocket (RFC 6455), and publishes what the client sends.</summary>
internal sealed class WebSocketTransport(GodwitEngine engine, RoomPolicies policies, IOptions<GodwitHttpOptions> options, ILogger<WebSocketTransport> logger) : IRoomTransport
{
    /// <summary>How long a client may take to answer a close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        if (Refuse(context.Request, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        FeedLease lease = await engine.Reads.OpenAsync(request.Room, context.RequestAborted).ConfigureAwait(false);
        Judgement judgement;
        Stream stream;
        try
        {
            judgement = await engine.Reads.JudgeAsync(lease, request.From, context.RequestAborted).ConfigureAwait(false);
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.SecWebSocketAccept = WebSocketHandshake.Accept(context.Request.Headers.SecWebSocketKey.ToString());
            stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        var connection = new Connection(engine.Reads.NextShard(), new StreamOutlet(context, stream), Framing.WebSocket);
        byte[] joined = ControlObject.Joined(request.Room, judgement.Position, judgement.Verdict, judgement.Missing);
        connection.Start();
        connection.Join(new Reader(lease, judgement), Framing.WebSocket.Control(joined, null));
        var receiver = new WebSocketReceiver(connection, engine.Broker, request, policies.For(request.Room), options.Value.BodyBytes, engine.Time, logger);
        await ConverseAsync(context, connection, receiver, stream).ConfigureAwait(false);
    }

    /// <summary>Runs until both directions have ended.</summary>
    private async Task ConverseAsync(HttpContext context, Connection connection, WebSocketReceiver receiver, Stream input)
    {
        Task receiving = receiver.RunAsync(input);
        if (await Task.WhenAny(receiving, connection.Ended).ConfigureAwait(false) == connection.Ended)
        {
            // Ours was the first close frame: the client's is awaited, but not for ever (RFC 6455 section 7.1.1).
            await receiving.WaitAsync(CloseGrace, engine.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!receiving.IsCompleted)
            {
                context.Abort();
            }
        }

        // Whatever became of the receiving side: the shard writes to this request until the connection has ended.
        await connection.Ended.ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
    }

    private static bool Refuse(HttpRequest request, out Problem refusal)
    {
        IHeaderDictionary headers = request.Headers;
        ErrorCode? code = WebSocketHandshake.Check(headers.Upgrade, headers.Connection, headers.SecWebSocketKey, headers.SecWebSocketVersion, out string detail);
        if (code is null && request.HttpContext.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
        {
            (code, detail) = (ErrorCode.HandshakeInvalid, "The connection cannot be upgraded.");
        }

        refusal = code is null ? default : new Problem(code, detail);
        return code is not null;
    }
}
