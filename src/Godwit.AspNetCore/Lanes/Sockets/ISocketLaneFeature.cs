namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>A connection that the web server can let go of once its handshake was answered.</summary>
internal interface ISocketLaneFeature
{
    /// <summary>Takes the socket from the web server; null where that is not possible, and the connection goes on as it is.</summary>
    /// <remarks>To be called after the answer to the upgrade is out, and once. The web server ends its request, and touches the socket no more.</remarks>
    /// <param name="take">Makes of the socket what it is from now on.</param>
    UpgradedSocket? Detach(Func<System.Net.Sockets.Socket, UpgradedSocket> take);

    /// <summary>Calls an action when the socket is closed: to be called once the web server's part of the connection has ended.</summary>
    void WhenClosed(Action action);
}
