using System.Net;
using Godwit.AspNetCore.Lanes.Sockets;
using Godwit.AspNetCore.Limits;
using Godwit.Instruments;
using Godwit.Limits;
using Microsoft.AspNetCore.Connections;

namespace Godwit.Server.Hosting;

/// <summary>Closes connections, unanswered, above the number that leaves descriptors for the process itself, and above what their address may have.</summary>
/// <remarks>
/// Without it, accepting would fail, be tried again at once, and fail again, on a core of its own. What is above the cap on
/// held connections but below this is answered as ever, be it with <c>server.overloaded</c>.
/// </remarks>
internal sealed partial class AcceptGuard
{
    private readonly int _most;
    private readonly AddressLimits? _addresses;
    private readonly ILogger _logger;
    private readonly Action _release;
    private int _open;
    private int _isFull;

    /// <summary>Makes a guard.</summary>
    /// <param name="most">The most connections open at a time, at all end points together.</param>
    /// <param name="addresses">What an address may have; null for as much as there is.</param>
    /// <param name="logger">Where it is told that it closes connections.</param>
    public AcceptGuard(int most, AddressLimits? addresses, ILogger logger)
    {
        _most = most;
        _addresses = addresses;
        _logger = logger;
        _release = Release;
        addresses?.CountAtAccept(_release);
    }

    /// <summary>Serves a connection, or closes it.</summary>
    public Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        AddressPlaces? places = null;
        if (_addresses is not null && !_addresses.TryAccept((connection.RemoteEndPoint as IPEndPoint)?.Address, out places))
        {
            connection.Abort();
            return Task.CompletedTask;
        }

        if (Interlocked.Increment(ref _open) > _most)
        {
            Interlocked.Decrement(ref _open);
            if (places is not null)
            {
                _addresses!.Leave(places);
            }

            GodwitMeter.Hit(LimitNames.Descriptors);
            if (Interlocked.Exchange(ref _isFull, 1) == 0)
            {
                Log.Full(_logger, _most);
            }

            connection.Abort();
            return Task.CompletedTask;
        }

        try
        {
            // Not awaited, since a frame here would be held by every connection for its whole life.
            Task served = next(connection);
            Action release = places?.LeaveAccepted ?? _release;
            if (connection.Features.Get<ISocketLaneFeature>() is { } socketLane)
            {
                // The connection may go on when the web server has done its part.
                Action whenServed = release;
                release = () => socketLane.WhenClosed(whenServed);
            }

            served.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(release);
            return served;
        }
        catch
        {
            (places?.LeaveAccepted ?? _release)();
            throw;
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _open) < _most * 0.9 && Volatile.Read(ref _isFull) != 0)
        {
            Volatile.Write(ref _isFull, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The server has {Most} connections open, as many as the limit of open files leaves room for (ulimit -n); more are closed without an answer.", EventName = "SocketsFull")]
        public static partial void Full(ILogger logger, int most);
    }
}
