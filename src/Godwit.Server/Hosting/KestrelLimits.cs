using Godwit.AspNetCore.Access;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Hosting;

/// <summary>What a client may make Kestrel hold, and for how long.</summary>
internal static class KestrelLimits
{
    private const int HeaderBytes = 16 << 10;

    // The slowest rate at which bytes may come or go, once they have begun to; Kestrel's own default.
    private const double BytesPerSecond = 240;

    /// <summary>Sets the limits; call it before the end points are added.</summary>
    /// <param name="kestrel">Kestrel's options.</param>
    /// <param name="stallLimit">How long a client may take nothing.</param>
    public static void Set(KestrelServerOptions kestrel, TimeSpan stallLimit)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.MaxRequestHeadersTotalSize = HeaderBytes;

        // Longer than the 60 s for which common proxies keep their idle connections to a server (nginx, AWS): whoever
        // ends it second never sends a request into a connection that is just being closed.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);

        if (DescriptorLimit.Current is { } descriptors)
        {
            // For all end points together, which Kestrel's own limit is not.
            var guard = new AcceptGuard(DescriptorLimit.AcceptedOf(descriptors), kestrel.ApplicationServices?.GetService<ILogger<AcceptGuard>>() ?? NullLogger<AcceptGuard>.Instance);
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection => guard.ServeAsync(connection, next)));
        }

        // The endpoints have limits of their own, which answer with a problem document that says what is allowed.
        limits.MaxRequestBodySize = null;

        // Kestrel would by default end a stream after 5 s in which the client took nothing. Its grace must exceed 1 s.
        TimeSpan grace = stallLimit > TimeSpan.FromSeconds(1) ? stallLimit : TimeSpan.FromSeconds(2);
        // What a stalled client makes Kestrel keep: one write of the pump, then it waits for the client.
        limits.MaxResponseBufferSize = 16 << 10;
        limits.MinResponseDataRate = new MinDataRate(BytesPerSecond, grace);
    }
}
