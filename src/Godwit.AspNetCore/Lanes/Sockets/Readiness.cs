using System.Net.Sockets;
using Godwit.AspNetCore.Transports.WebSockets;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>The one receive of no octets that a WebSocket on the socket lane has pending while nothing comes.</summary>
internal sealed class Readiness(WebSocketReceiver receiver) : SocketAsyncEventArgs(true)
{
    /// <summary>Waits until there is something to receive, or the end of it.</summary>
    public void Wait(Socket socket)
    {
        if (!socket.ReceiveAsync(this))
        {
            // More is there already: whoever sends without end would otherwise keep this thread, which others wait for.
            ThreadPool.UnsafeQueueUserWorkItem(static receiver => receiver.OnReadable(), receiver, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e) => receiver.OnReadable();
}
