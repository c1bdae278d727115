using Godwit.Feeds.Pump;
using Godwit.Feeds.Pump.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Lanes;

/// <summary>The Kestrel lane: frames are written to the connection's stream, and the next only after the last were flushed.</summary>
/// <remarks>Every write is taken whole, a large frame in pieces; what a stalled client holds is one write and Kestrel's own buffer.</remarks>
internal class StreamOutlet : Outlet
{
    private readonly HttpContext _context;
    private readonly Stream _stream;
    private Action? _onWritten;
    private ValueTask _write;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>Takes a request's stream, to which nothing else writes any more.</summary>
    public StreamOutlet(HttpContext context, Stream stream)
    {
        (_context, _stream) = (context, stream);

        // Under other servers than Kestrel there may be no socket to see.
        if (context.Features.Get<IConnectionSocketFeature>() is { Socket: { } socket })
        {
            SendQueue.Bound(socket);
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
        // What is above the piece is one frame.
        for (ReadOnlyMemory<byte> left = octets; left.Length > 0;)
        {
            ValueTask write = _stream.WriteAsync(left[..Math.Min(Piece, left.Length)], CancellationToken.None);
            left = left[Math.Min(Piece, left.Length)..];
            if (write.IsCompleted)
            {
                write.GetAwaiter().GetResult();
                continue;
            }

            Fill();
            _rest = left.ToArray();
            Await(write);
            break;
        }

        return octets.Length;
    }

    /// <inheritdoc/>
    protected override void WriteRest(byte[] rest) => throw new InvalidOperationException("A stream takes every write whole.");

    private void Await(ValueTask write)
    {
        _write = write;
        write.GetAwaiter().UnsafeOnCompleted(_onWritten ??= OnWritten);
    }

    private void OnWritten()
    {
        try
        {
            ValueTask write = _write;
            while (true)
            {
                write.GetAwaiter().GetResult();
                if (_rest.IsEmpty)
                {
                    break;
                }

                Progressed();
                write = _stream.WriteAsync(_rest[..Math.Min(Piece, _rest.Length)], CancellationToken.None);
                _rest = _rest[Math.Min(Piece, _rest.Length)..];
                if (!write.IsCompleted)
                {
                    Await(write);
                    return;
                }
            }
        }
        catch (Exception)
        {
            // The connection is gone, whatever the transport calls it: the request's own end follows. On a thread of the
            // pool nothing may be let through.
            Abort();
        }

        _write = default;
        _rest = default;
        Drained();
    }
}
