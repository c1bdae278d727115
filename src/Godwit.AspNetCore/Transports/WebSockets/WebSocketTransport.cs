using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.AspNetCore.Transports.Sessions;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Rooms;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>Delivers a room over a WebSocket (RFC 6455), and publishes what the client sends.</summary>
internal sealed class WebSocketTransport(GodwitEngine engine, ConnectionCap cap, Upgrades upgrades, RoomAccess access, RoomPolicies policies, IOptions<GodwitHttpOptions> options, ILogger<WebSocketTransport> logger) : IRoomTransport
{
    /// <inheritdoc/>
    public Task RunAsync(HttpContext context, RoomRequest request)
    {
        // Nearly always the handshake is over at once, and then no task but the receiver's own is held while the WebSocket lives.
        Task<WebSocketReceiver?> accepting = AcceptAsync(context, request);
        return accepting.IsCompletedSuccessfully ? Run(accepting.Result) : RunAsync(accepting);
    }

    private static async Task RunAsync(Task<WebSocketReceiver?> accepting) => await Run(await accepting.ConfigureAwait(false)).ConfigureAwait(false);

    private static Task Run(WebSocketReceiver? receiver) => receiver?.Run() ?? Task.CompletedTask;

    /// <summary>Answers the handshake and begins to deliver; null when it was refused. The receiver gives the place back that is taken here.</summary>
    private async Task<WebSocketReceiver?> AcceptAsync(HttpContext context, RoomRequest request)
    {
        if (!cap.TryTake(context, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return null;
        }

        WebSocketReceiver? receiver = null;
        try
        {
            return receiver = await BeginAsync(context, request).ConfigureAwait(false);
        }
        finally
        {
            if (receiver is null)
            {
                cap.Release(context);
            }
        }
    }

    private async Task<WebSocketReceiver?> BeginAsync(HttpContext context, RoomRequest request)
    {
        if (OpeningHandshake.Refuses(context, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return null;
        }

        // Not the request's token, which once asked for costs a connection something for its whole life.
        CancellationToken closed = context.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed ?? CancellationToken.None;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(closed, engine.Reads.Draining);
        FeedLease lease = await engine.Reads.OpenAsync(request.Room, request.From, end.Token).ConfigureAwait(false);
        Judgement judgement;
        IUpgraded client;
        try
        {
            judgement = await engine.Reads.JudgeAsync(lease, request.From, end.Token).ConfigureAwait(false);
            client = await upgrades.AcceptAsync(context, SessionWebSocketTransport.Chosen(context.Request)).ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        var connection = new Connection(engine.Reads.NextShard(), client.Outlet, Framing.WebSocket, ReadTransport.WebSocket) { Caller = request.Caller };
        byte[] joined = ControlObject.Joined(request.Room, judgement.Position, judgement.Verdict, judgement.Missing);
        GodwitMeter.Judged(judgement.Verdict);
        connection.Start();
        connection.Join(new Reader(lease, judgement, request.Delivery), Framing.WebSocket.Control(joined, null));
        connection.EndIfRevoked(engine.Orders.Revocations);
        return new RoomWebSocketReceiver(client, connection, engine, cap, access, lease.Feed.Room, request.Text, policies.For(request.Room), options.Value.BodyBytes, logger);
    }
}
