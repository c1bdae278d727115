using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>A connection that begins with a handshake, as the web server sees it: until it asks for more than the handshake, or lets go of the socket.</summary>
/// <remarks>
/// Everything but <see cref="Detach"/> is as on any connection. When the web server reads behind the head — the handshake was
/// refused, or somebody else answers it — the socket is given to the ordinary transport, and stays there.
/// </remarks>
internal sealed class HandshakeConnection : ConnectionContext, IDuplexPipe, ISocketLaneFeature, IConnectionSocketFeature,
    IConnectionIdFeature, IConnectionItemsFeature, IConnectionTransportFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature
{
    private readonly Lock _lock = new();
    private readonly Socket _socket;
    private readonly OrdinaryConnections _ordinary;
    private readonly HandshakeReader _input;
    private readonly HandshakeWriter _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly FeatureCollection _features = new();
    private string? _id;
    private IDictionary<object, object?>? _items;
    private ConnectionContext? _rest;
    private UpgradedSocket? _upgraded;
    private bool _isAborted;

    /// <summary>Makes the connection.</summary>
    /// <param name="socket">The socket, of which the head was taken.</param>
    /// <param name="head">The head.</param>
    /// <param name="local">The end point that was listened at, if that is an address of this machine: one for all connections, where each socket would keep its own.</param>
    /// <param name="ordinary">Makes an ordinary connection of the socket, if need be.</param>
    public HandshakeConnection(Socket socket, byte[] head, EndPoint? local, OrdinaryConnections ordinary)
    {
        _socket = socket;
        socket.Blocking = false;
        _ordinary = ordinary;
        _input = new HandshakeReader(head, GoOn);
        _output = new HandshakeWriter(socket, () => GoOn());
        Transport = this;
        ConnectionClosed = _closed.Token;
        LocalEndPoint = local ?? socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        _features.Set<ISocketLaneFeature>(this);
        _features.Set<IMemoryPoolFeature>(ordinary);
        _features.Set<IConnectionSocketFeature>(this);
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
    }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public override string ConnectionId { get => _id ??= Guid.NewGuid().ToString("N"); set => _id = value; }

    /// <inheritdoc/>
    public override IFeatureCollection Features => _features;

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items { get => _items ??= new ConnectionItems(); set => _items = value; }

    /// <inheritdoc/>
    public override CancellationToken ConnectionClosed { get; set; }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get; set; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; set; }

    Socket IConnectionSocketFeature.Socket => _socket;

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    /// <inheritdoc/>
    public UpgradedSocket? Detach(Func<Socket, UpgradedSocket> take)
    {
        lock (_lock)
        {
            // Who put another transport in between wants to see, or to change, what goes through.
            if (_isAborted || _upgraded is not null || _rest is not null || !_input.HasHeadAlone || _output.UnflushedBytes > 0 || !ReferenceEquals(Transport, this))
            {
                return null;
            }

            _output.Detach();
            return _upgraded = take(_socket);
        }
    }

    /// <inheritdoc/>
    public void WhenClosed(Action action)
    {
        if (_upgraded is { } upgraded)
        {
            upgraded.WhenClosed(action);
        }
        else
        {
            action();
        }
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        lock (_lock)
        {
            if (_isAborted || _upgraded is not null)
            {
                return;
            }

            _isAborted = true;
            if (_rest is { } rest)
            {
                rest.Abort(abortReason);
                return;
            }

            // Closed with a reset, as the ordinary transport does.
            _socket.Close(0);
        }

        _closed.Cancel();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        ConnectionContext? rest;
        lock (_lock)
        {
            if (_upgraded is not null)
            {
                return;
            }

            rest = _rest;
            _isAborted = true;
        }

        if (rest is not null)
        {
            await rest.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // The client was first.
            }

            _socket.Dispose();
        }

        _closed.Cancel();
        _closed.Dispose();
    }

    /// <summary>The web server reads on: the connection is an ordinary one from here.</summary>
    private PipeReader GoOn()
    {
        ConnectionContext rest;
        lock (_lock)
        {
            if (_isAborted || _upgraded is not null)
            {
                throw new ConnectionAbortedException();
            }

            if (_rest is { } known)
            {
                return known.Transport.Input;
            }

            rest = _rest = _ordinary.Create(_socket);
        }

        rest.ConnectionClosed.UnsafeRegister(static closed => ((CancellationTokenSource)closed!).Cancel(), _closed);
        return rest.Transport.Input;
    }
}
