using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>A session over a WebSocket: frames both ways, in many rooms.</summary>
internal sealed class SessionWebSocketTransport(GodwitEngine engine, ConnectionCap cap, Upgrades upgrades, SessionServices services, IOptions<GodwitHttpOptions> options, ILogger<SessionWebSocketTransport> logger)
{
    /// <summary>The subprotocol (RFC 6455 section 1.9) of sessions.</summary>
    public const string Subprotocol = "godwit.v1";

    /// <summary>Answers a handshake, and runs until the WebSocket has ended or the request has no more to do with it.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        if (!cap.TryTake(context, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        SessionWebSocketReceiver? receiver = null;
        try
        {
            // Two steps, so that nothing the handshake needed is held while the connection lives.
            receiver = await AcceptAsync(context, caller).ConfigureAwait(false);
        }
        finally
        {
            if (receiver is null)
            {
                cap.Release(context);
            }
        }

        if (receiver is not null)
        {
            await receiver.Run().ConfigureAwait(false);
        }
    }

    private async Task<SessionWebSocketReceiver?> AcceptAsync(HttpContext context, Caller caller)
    {
        if (OpeningHandshake.Refuses(context, out Problem refusal) || !TryChoose(context.Request.Headers.SecWebSocketProtocol, out string? subprotocol, out refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return null;
        }

        if (engine.IsDraining)
        {
            await ProblemWriter.WriteAsync(context, DrainAnswers.Refusal()).ConfigureAwait(false);
            return null;
        }

        // Before the handshake, which lets go of the headers.
        string? origin = context.Request.Headers.Origin is { Count: 1 } origins ? origins[0] : null;
        IUpgraded client = await upgrades.AcceptAsync(context, subprotocol).ConfigureAwait(false);
        var connection = new Connection(engine.Reads.NextShard(), client.Outlet, Framing.WebSocket, ReadTransport.SessionWebSocket) { Caller = caller };
        var session = new Session(services, connection, origin);
        connection.Start();
        session.AwaitHello();
        return new SessionWebSocketReceiver(client, connection, session, engine, cap, options.Value.BodyBytes, logger);
    }

    /// <summary>Ours, if it is among those that a client offers; null if not. A browser that offers any, to show a token, wants one of them back.</summary>
    public static string? Chosen(HttpRequest request) => TryChoose(request.Headers.SecWebSocketProtocol, out string? subprotocol, out _) ? subprotocol : null;

    /// <summary>Chooses ours of the subprotocols offered; who offers none, as command-line programs do, speaks it all the same.</summary>
    private static bool TryChoose(StringValues offered, out string? subprotocol, out Problem problem)
    {
        subprotocol = null;
        problem = default;
        foreach (string? line in offered)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                ReadOnlySpan<char> one = line.AsSpan()[range].Trim(" \t");
                if (one.SequenceEqual(Subprotocol))
                {
                    subprotocol = Subprotocol;
                    return true;
                }
            }
        }

        problem = new Problem(ErrorCode.HandshakeSubprotocol, $"Sessions speak {Subprotocol}: offer it in Sec-WebSocket-Protocol, or nothing.");
        return offered.Count == 0;
    }
}
