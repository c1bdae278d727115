using Godwit.AspNetCore.Lanes.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Gives end points of Kestrel the socket lane.</summary>
public static class GodwitListenOptionsExtensions
{
    /// <summary>Lets WebSockets of Godwit that begin at this end point go on without Kestrel: delivering costs less, and a WebSocket that waits holds a fraction of the memory.</summary>
    /// <remarks>
    /// For end points in clear text, as they are behind a proxy that ends TLS; elsewhere it changes nothing. A handshake goes
    /// through the whole pipeline of the application, as ever; once it was answered, Godwit takes the socket from Kestrel, and
    /// the request ends. So a middleware sees the request end at once, with status 101; Kestrel's limits and metrics of
    /// connections do not count the WebSocket, while <see cref="Godwit.AspNetCore.GodwitHttpOptions.Connections"/> and the
    /// instruments of Godwit do; and connection middleware that changes what goes through keeps a connection on Kestrel.
    /// A call for 127.0.0.1 holds for [::1] with the same port.
    /// </remarks>
    /// <param name="listen">The end point: an IP address with a port, or a Unix socket.</param>
    /// <returns>The same end point.</returns>
    /// <exception cref="InvalidOperationException"><c>AddGodwit()</c> was not called, or something that accepts connections itself was added to the application after it.</exception>
    public static ListenOptions UseGodwitSockets(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        SocketLane lane = listen.ApplicationServices.GetService<SocketLane>()
            ?? throw new InvalidOperationException("Call builder.Services.AddGodwit() to have UseGodwitSockets().");
        lane.Add(listen.EndPoint);

        // Of all that could listen there, the web server takes the one that was added last.
        IConnectionListenerFactory? taker = listen.ApplicationServices.GetServices<IConnectionListenerFactory>()
            .LastOrDefault(factory => factory is not IConnectionListenerFactorySelector selector || selector.CanBind(listen.EndPoint));
        return taker is SocketLaneListenerFactory
            ? listen
            : throw new InvalidOperationException("A transport that was added after Godwit would accept the connections of this end point: add it before AddGodwit().");
    }
}
