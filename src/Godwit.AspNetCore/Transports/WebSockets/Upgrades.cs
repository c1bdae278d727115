using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Lanes.Sockets;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>Answers opening handshakes, and puts each WebSocket on the socket lane where its connection has that.</summary>
internal sealed class Upgrades(GodwitEngine engine, ServerDrain drain, ConnectionCap cap, SocketLane lane)
{
    /// <summary>Answers the handshake.</summary>
    /// <param name="context">A request that was not refused and has a place of the <see cref="ConnectionCap"/>; nothing has been written.</param>
    /// <param name="subprotocol">The one that was chosen of those that the client offers; null for none.</param>
    /// <returns>What frames go over, which keeps the place from here on.</returns>
    public ValueTask<IUpgraded> AcceptAsync(HttpContext context, string? subprotocol)
    {
        ValueTask<Stream> accepting = OpeningHandshake.AcceptAsync(context, subprotocol);
        return accepting.IsCompletedSuccessfully ? new ValueTask<IUpgraded>(Choose(context, accepting.Result)) : AcceptAsync(context, accepting);
    }

    private async ValueTask<IUpgraded> AcceptAsync(HttpContext context, ValueTask<Stream> accepting) => Choose(context, await accepting.ConfigureAwait(false));

    private IUpgraded Choose(HttpContext context, Stream stream) =>
        context.Features.Get<ISocketLaneFeature>()?.Detach(socket => new UpgradedSocket(socket, lane, drain, engine.StallLimit, cap.Keep(context)))
        ?? (IUpgraded)new UpgradedStream(context, stream);
}
