using System.Net.Sockets;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Transports.WebSockets;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Pump.Sockets;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>A WebSocket's connection on the socket lane: what it goes out by and comes in by, and what it holds of the server.</summary>
/// <remarks>The web server knows of it no more, so it counts here for what it counts there: as a request, a connection, and at its address.</remarks>
internal sealed class UpgradedSocket : SocketOutlet, IUpgraded
{
    private static readonly Action Closed = static () => { };

    private readonly SocketLane _lane;
    private readonly ServerDrain _drain;
    private readonly AddressPlaces? _places;
    private Action? _onClosed;
    private Readiness? _readiness;

    /// <summary>Takes a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="lane">Where it is counted.</param>
    /// <param name="drain">What waits for it when the server stops.</param>
    /// <param name="stallLimit">How long a client may leave unacknowledged what it was sent.</param>
    /// <param name="places">The place that its address has for it; null where it needs none.</param>
    public UpgradedSocket(Socket socket, SocketLane lane, ServerDrain drain, TimeSpan stallLimit, AddressPlaces? places)
        : base(socket, stallLimit)
    {
        _lane = lane;
        _drain = drain;
        _places = places;
        lane.OnDetached();
        drain.OnRequest();
    }

    /// <inheritdoc/>
    public Outlet Outlet => this;

    /// <inheritdoc/>
    public bool IsDetached => true;

    /// <inheritdoc/>
    public WebSocketReceiver? Receiver { private get; set => (field, _readiness) = (value, new Readiness(value!)); }

    /// <inheritdoc/>
    public CancellationToken Cutting => _lane.Cutting;

    /// <inheritdoc/>
    public override void OnEnded() => Receiver?.OnConnectionEnded();

    /// <summary>Calls an action when the socket is closed, or now if it is.</summary>
    public void WhenClosed(Action action)
    {
        if (Interlocked.CompareExchange(ref _onClosed, action, null) is not null)
        {
            action();
        }
    }

    /// <inheritdoc/>
    public void AwaitReadable() => _readiness!.Wait(Socket);

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        int received = Socket.Receive(buffer.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => new ValueTask<int>(received),
            SocketError.WouldBlock => Socket.ReceiveAsync(buffer, SocketFlags.None, cancel),
            // How it ended makes no difference. An exception, thrown twice on its way up, was a tenth of all that connecting and
            // closing cost, and when a network goes down there is one for each client.
            _ => new ValueTask<int>(0),
        };
    }

    /// <inheritdoc/>
    public void End(ConnectionCap cap)
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was first.
        }

        Socket.Dispose();
        _readiness?.Dispose();
        cap.Release(_places);
        Interlocked.Exchange(ref _onClosed, Closed)?.Invoke();
        _lane.OnClosed();
        _drain.OnAnswered();
    }
}
