using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>Listens at the end points that have the socket lane; all others are left to the transport that was there before.</summary>
internal sealed class SocketLaneListenerFactory(SocketLane lane, IServiceProvider services, IOptions<SocketTransportOptions> options, TimeProvider time, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private SocketTransportFactory? _ordinary;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => lane.Has(endpoint) || IsAlone;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!lane.Has(endpoint))
        {
            _ordinary ??= new SocketTransportFactory(options, loggers);
            return _ordinary.BindAsync(endpoint, cancellationToken);
        }

        var ordinary = new OrdinaryConnections(options.Value, services.GetService<IMemoryPoolFactory<byte>>(), loggers);
        return new ValueTask<IConnectionListener>(SocketLaneListener.Bind(endpoint, lane, ordinary, options.Value, time, loggers.CreateLogger<SocketLaneListener>()));
    }

    /// <summary>Whether a web server that was added later found a transport, this one, and so added none.</summary>
    private bool IsAlone => services.GetServices<IConnectionListenerFactory>().Count() == 1;
}
