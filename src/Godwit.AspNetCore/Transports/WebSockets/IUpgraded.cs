using Godwit.AspNetCore.Access;
using Godwit.Feeds.Pump;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>What a WebSocket's frames go over once its handshake was answered, on either lane.</summary>
internal interface IUpgraded
{
    /// <summary>Where frames go out.</summary>
    Outlet Outlet { get; }

    /// <summary>Whether the request has ended with the handshake: nobody waits for the WebSocket's end.</summary>
    bool IsDetached { get; }

    /// <summary>Who receives, to be told when there is something to receive and when the connection has ended.</summary>
    WebSocketReceiver? Receiver { set; }

    /// <summary>The server does not wait for anybody any more.</summary>
    CancellationToken Cutting { get; }

    /// <summary>Has <see cref="WebSocketReceiver.OnReadable"/> called once when there is something to receive, or nothing more will be; never within this call.</summary>
    void AwaitReadable();

    /// <summary>Receives octets; 0 is the client's end, on the socket lane also one by a reset.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel = default);

    /// <summary>Cuts the client off; what is being received fails or ends. Any thread.</summary>
    void Abort();

    /// <summary>Gives back what the connection holds of the server. The last call, after the outlet was used for the last time, and from the receiving side.</summary>
    /// <param name="cap">Where the connection has its place.</param>
    void End(ConnectionCap cap);
}
