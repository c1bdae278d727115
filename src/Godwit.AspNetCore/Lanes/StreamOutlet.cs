using System.Net.Sockets;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Pump.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Lanes;

/// <summary>The Kestrel lane: frames are written to the connection's stream, and the next only after the last were flushed.</summary>
/// <remarks>Every write is taken whole, so no frame is ever cut; what a stalled client holds is one write and Kestrel's own buffer.</remarks>
internal class StreamOutlet : Outlet
{
    private readonly HttpContext _context;
    private readonly Stream _stream;
    private Action? _onWritten;
    private ValueTask _write;

    /// <summary>Takes a request's stream, to which nothing else writes any more.</summary>
    public StreamOutlet(HttpContext context, Stream stream)
    {
        (_context, _stream) = (context, stream);
        try
        {
            // Under other servers than Kestrel there may be no socket to see.
            if (context.Features.Get<IConnectionSocketFeature>() is { Socket: { } socket })
            {
                SendQueue.Bound(socket);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client was first, which its request finds out.
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        try
        {
            _context.Abort();
        }
        catch (ObjectDisposedException)
        {
            // A server that stops ends the requests of clients that take nothing by itself. There is nothing left to cut
            // off, and on the shard the exception would end the process.
        }
    }

    /// <inheritdoc/>
    protected override int Write(ReadOnlyMemory<byte> octets)
    {
        ValueTask write = _stream.WriteAsync(octets, CancellationToken.None);
        if (write.IsCompleted)
        {
            write.GetAwaiter().GetResult();
            return octets.Length;
        }

        Fill();
        _write = write;
        write.GetAwaiter().UnsafeOnCompleted(_onWritten ??= OnWritten);
        return octets.Length;
    }

    /// <inheritdoc/>
    protected override void WriteRest(byte[] rest) => throw new InvalidOperationException("A stream takes every write whole.");

    private void OnWritten()
    {
        try
        {
            _write.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // The connection is gone, whatever the transport calls it: the request's own end follows. On a thread of the
            // pool nothing may be let through.
            Abort();
        }

        _write = default;
        Drained();
    }
}
