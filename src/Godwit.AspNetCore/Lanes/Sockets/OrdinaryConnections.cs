using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>Makes connections as the web server's own transport does, of sockets that are not for the lane.</summary>
internal sealed class OrdinaryConnections : IMemoryPoolFeature, IDisposable
{
    private readonly SocketConnectionContextFactory _factory;

    /// <summary>Makes the factory.</summary>
    /// <param name="options">The application's settings of the transport.</param>
    /// <param name="pools">Where the web server has its memory from; null where it has none of its own.</param>
    /// <param name="loggers">Where the transport logs, under its own name.</param>
    public OrdinaryConnections(SocketTransportOptions options, IMemoryPoolFactory<byte>? pools, ILoggerFactory loggers)
    {
        _factory = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                IOQueueCount = options.IOQueueCount,
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
            },
            loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
        MemoryPool = pools?.Create(new MemoryPoolOptions { Owner = "kestrel" }) ?? MemoryPool<byte>.Shared;
    }

    /// <summary>The web server's kind of pool. It counts on blocks of one size, which the public factory's pool does not have.</summary>
    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Makes a connection, which owns the socket from here on.</summary>
    public ConnectionContext Create(Socket socket)
    {
        ConnectionContext connection = _factory.Create(socket);
        connection.Features.Set<IMemoryPoolFeature>(this);
        return connection;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Not the pool: connections that are about to end still have memory of it. It goes with the last of them.
        _factory.Dispose();
    }
}
