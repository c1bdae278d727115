using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Limits;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Hosting;

/// <summary>What a client may make Kestrel hold, and for how long.</summary>
internal static class KestrelLimits
{
    /// <summary>The most octets of the header fields of a request, where nothing else is set.</summary>
    public const int HeadBytes = 16 << 10;

    /// <summary>What is held of a request's head where there is no limit: Kestrel's buffer.</summary>
    private const int MostHeaderBytes = 1 << 20;

    // The slowest rate at which bytes may come or go, once they have begun to; Kestrel's own default.
    private const double BytesPerSecond = 240;

    private static readonly TimeSpan StallMargin = TimeSpan.FromSeconds(10);

    // What a stalled client makes Kestrel keep: one write of the pump, then it waits for the client.
    private const int WriteBuffer = 16 << 10;

    // What is read ahead of a body that waits, or is dropped, is memory that its sender holds: 64 KiB keep a fast one busy, a MiB, the default, is a GiB for a thousand.
    private const int ReadBuffer = 64 << 10;

    /// <summary>Sets what the transport keeps of a connection beside what the web server does, which has limits of its own for where TLS or HTTP/2 is in between.</summary>
    public static void Set(SocketTransportOptions transport) => (transport.MaxWriteBufferSize, transport.MaxReadBufferSize) = (WriteBuffer, ReadBuffer);

    /// <summary>Sets the limits; call it before the end points are added.</summary>
    /// <param name="kestrel">Kestrel's options.</param>
    /// <param name="engine">Says how long a client may take nothing, and how long a connection may be silent.</param>
    /// <param name="headBytes">The most octets of the header fields of a request; null for as many as can be held.</param>
    public static void Set(KestrelServerOptions kestrel, GodwitOptions engine, long? headBytes = HeadBytes)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.MaxRequestHeadersTotalSize = (int)(headBytes ?? MostHeaderBytes);

        // Longer than the 60 s for which common proxies keep their idle connections to a server (nginx, AWS): whoever
        // ends it second never sends a request into a connection that is just being closed.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);

        // For all end points together, which Kestrel's own limit is not, and before TLS.
        var guard = new AcceptGuard(
            DescriptorLimit.Current is { } descriptors ? DescriptorLimit.AcceptedOf(descriptors) : int.MaxValue,
            kestrel.ApplicationServices?.GetService<AddressLimits>(),
            kestrel.ApplicationServices?.GetService<ILogger<AcceptGuard>>() ?? NullLogger<AcceptGuard>.Instance);
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection => guard.ServeAsync(connection, next)));

        // The endpoints have limits of their own, which answer with a problem document that says what is allowed.
        limits.MaxRequestBodySize = null;

        limits.MaxResponseBufferSize = WriteBuffer;

        // Kestrel does not start where a head of the allowed size might not fit.
        limits.MaxRequestBufferSize = Math.Max(ReadBuffer, limits.MaxRequestHeadersTotalSize);

        // Kestrel would by default end a stream after 5 s in which the client took nothing, and over HTTP/2 the whole
        // connection for one stream of it that did not. So the pump, which ends the one, is to come first.
        limits.MinResponseDataRate = new MinDataRate(BytesPerSecond, engine.StallLimit + StallMargin);

        Http2Limits http2 = limits.Http2;

        // Each room that a page reads by itself is a stream, and so is each poll that waits; what exceeds the number waits
        // unseen in the browser. Browsers use no more than this on one connection.
        http2.MaxStreamsPerConnection = 256;

        // What a client may send before the server has read it: of one stream, so that one that is not read leaves room
        // for the others, and of all.
        http2.InitialStreamWindowSize = 128 << 10;
        http2.InitialConnectionWindowSize = 1 << 20;

        // Heartbeats go out on each stream, but only a ping has to be answered: so a client that is gone is noticed.
        http2.KeepAlivePingDelay = engine.Heartbeat;
        http2.KeepAlivePingTimeout = engine.StallLimit;
    }
}
