using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Godwit.AspNetCore.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>Accepts connections, looks once at what each sends first, and gives it to the web server as what it then is.</summary>
/// <remarks>
/// A connection that sends nothing waits by a receive of no octets, with no buffer and no timer of its own. It does so for some
/// seconds and in limited number; after that, and whenever its first octets are anything but a whole handshake, it goes, unread,
/// to the ordinary transport and the web server's own limits. So a head in pieces costs neither a thread nor a loop.
/// </remarks>
internal sealed partial class SocketLaneListener : IConnectionListener
{
    /// <summary>The longest head that is looked at.</summary>
    private const int MostHead = 8 << 10;

    /// <summary>The most connections that wait here for their first octets, half of the files that nobody else may use. What is more waits in the web server, which counts it.</summary>
    private static readonly int MostArriving = DescriptorLimit.Current is { } files ? Math.Min(8 << 10, (files - DescriptorLimit.AcceptedOf(files)) / 2) : 8 << 10;

    /// <summary>How long one waits at least; twice that at the most.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>When to look again at a head that is not whole: what is sent at once may arrive in two segments.</summary>
    private static readonly TimeSpan[] Again = [TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(45)];

    private static readonly TimeSpan RetryAccept = TimeSpan.FromMilliseconds(50);

    private readonly Socket _listening;
    private readonly SocketLane _lane;
    private readonly bool _noDelay;
    private readonly OrdinaryConnections _ordinary;
    private readonly EndPoint? _local;
    private readonly ILogger _logger;
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _unbound = new();
    private readonly TimeProvider _time;
    private readonly ITimer _patience;
    private readonly LinkedList<Arrival> _silent = [];
    private readonly Action<Arrival> _onReadable;

    private SocketLaneListener(Socket listening, SocketLane lane, OrdinaryConnections ordinary, SocketTransportOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _listening = listening;
        _lane = lane;
        _noDelay = options.NoDelay;
        _logger = logger;
        _ordinary = ordinary;
        EndPoint = listening.LocalEndPoint!;
        _local = EndPoint is IPEndPoint { Address: var address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) ? null : EndPoint;

        _onReadable = OnReadable;

        // A timer for all.
        _patience = time.CreateTimer(static listener => ((SocketLaneListener)listener!).OnPatience(), this, Patience, Patience);
        _ = AcceptAllAsync();
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="lane">Where connections are counted.</param>
    /// <param name="ordinary">Makes connections of those that are not for the lane; disposed with the listener.</param>
    /// <param name="options">How to listen.</param>
    /// <param name="time">Says how long a client has sent nothing.</param>
    /// <param name="logger">Where it is told that accepting fails.</param>
    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    public static SocketLaneListener Bind(EndPoint endPoint, SocketLane lane, OrdinaryConnections ordinary, SocketTransportOptions options, TimeProvider time, ILogger logger)
    {
        Socket listening;
        try
        {
            listening = options.CreateBoundListenSocket(endPoint);
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);
        }

        listening.Listen(options.Backlog);
        return new SocketLaneListener(listening, lane, ordinary, options, time, logger);
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out ConnectionContext? connection))
            {
                return connection;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        if (!_unbound.IsCancellationRequested)
        {
            _unbound.Cancel();
            _listening.Dispose();
            DropSilent();

            _accepted.Writer.TryComplete();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        await _patience.DisposeAsync().ConfigureAwait(false);
        while (_accepted.Reader.TryRead(out ConnectionContext? connection))
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _ordinary.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listening.AcceptAsync(_unbound.Token).ConfigureAwait(false);
                Arrive(socket);
            }
            catch (SocketException gone) when (gone.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // Before it was accepted. The next one, please.
            }
            catch (Exception end) when (_unbound.IsCancellationRequested || end is ObjectDisposedException)
            {
                return;
            }
            catch (Exception failure)
            {
                // Not at once: what is missing, files for example, would be missing again, on a core of its own.
                Log.AcceptFailed(_logger, failure);
                await Task.Delay(RetryAccept, _time).ConfigureAwait(false);
            }
        }
    }

    private void Arrive(Socket socket)
    {
        _lane.OnArriving();
        var arrival = new Arrival(socket, _time.GetTimestamp(), _onReadable);
        try
        {
            if (_noDelay && socket.ProtocolType == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            if (_lane.Arriving > MostArriving)
            {
                Give(_ordinary.Create(socket));
                return;
            }

            lock (_silent)
            {
                arrival.Place = _silent.AddLast(arrival);
            }

            arrival.Wait();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client was quick to go. Whoever has taken the socket meanwhile has seen it too.
            lock (_silent)
            {
                Forget(arrival);
            }

            if (arrival.TryTake())
            {
                socket.Dispose();
                _lane.OnArrived();
            }
        }

        if (_unbound.IsCancellationRequested)
        {
            // It came in while the others were let go.
            DropSilent();
        }
    }

    /// <summary>A client has sent something, or has gone.</summary>
    private void OnReadable(Arrival arrival)
    {
        lock (_silent)
        {
            Forget(arrival);
        }

        _ = GiveAsync(arrival.Socket);
    }

    private async Task GiveAsync(Socket socket)
    {
        try
        {
            byte[]? head = await TakeHandshakeAsync(socket).ConfigureAwait(false);
            Give(head is null ? _ordinary.Create(socket) : new HandshakeConnection(socket, head, _local, _ordinary));
        }
        catch (Exception)
        {
            // The client is gone already, or the server stops.
            socket.Dispose();
            _lane.OnArrived();
        }
    }

    private void GiveOrdinary(Socket socket)
    {
        try
        {
            Give(_ordinary.Create(socket));
        }
        catch (Exception)
        {
            // As above; and the others are to be given all the same.
            socket.Dispose();
            _lane.OnArrived();
        }
    }

    /// <summary>Gives a connection to the web server.</summary>
    private void Give(ConnectionContext connection)
    {
        if (!_accepted.Writer.TryWrite(connection))
        {
            connection.Abort();
            _ = connection.DisposeAsync();
        }

        _lane.OnArrived();
    }

    /// <summary>Takes those who have been silent since a time: nobody else decides about them any more.</summary>
    private List<Arrival> TakeSilent(long since)
    {
        var taken = new List<Arrival>();
        lock (_silent)
        {
            while (_silent.First is { Value: var arrival } && arrival.Since <= since)
            {
                Forget(arrival);
                if (arrival.TryTake())
                {
                    taken.Add(arrival);
                }
            }
        }

        return taken;
    }

    private void DropSilent()
    {
        foreach (Arrival arrival in TakeSilent(since: long.MaxValue))
        {
            arrival.Socket.Dispose();
            _lane.OnArrived();
        }
    }

    private void Forget(Arrival arrival)
    {
        if (arrival.Place is { List: not null } place)
        {
            _silent.Remove(place);
        }
    }

    /// <summary>Takes the head of a handshake from the socket, and nothing behind it; null, and nothing taken, if it is not there as a whole.</summary>
    private async ValueTask<byte[]?> TakeHandshakeAsync(Socket socket)
    {
        socket.Blocking = false;
        for (int look = 0; ; look++)
        {
            if (Peek(socket, out int length) is var kind && kind == HeadKind.Handshake)
            {
                byte[] head = GC.AllocateUninitializedArray<byte>(length);
                for (int taken = 0; taken < length;)
                {
                    taken += socket.Receive(head.AsSpan(taken), SocketFlags.None);
                }

                return head;
            }

            if (kind == HeadKind.Other || look == Again.Length)
            {
                return null;
            }

            await Task.Delay(Again[look], _time, _unbound.Token).ConfigureAwait(false);
        }
    }

    private static HeadKind Peek(Socket socket, out int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MostHead);
        try
        {
            int shown = socket.Receive(buffer.AsSpan(0, MostHead), SocketFlags.Peek);
            HeadKind kind = RequestHead.Look(buffer.AsSpan(0, shown), out length);
            return kind == HeadKind.Incomplete && shown == MostHead ? HeadKind.Other : kind;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Who has sent nothing for so long is the web server's, which has limits for that.</summary>
    private void OnPatience()
    {
        foreach (Arrival arrival in TakeSilent(_time.GetTimestamp() - (long)(Patience.TotalSeconds * _time.TimestampFrequency)))
        {
            GiveOrdinary(arrival.Socket);
        }
    }
}
