using Godwit.Feeds.Pump;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Lanes;

/// <summary>The Kestrel lane: frames are written to the connection's stream, and the next only after the last were flushed.</summary>
/// <remarks>Every write is taken whole, so no frame is ever cut; what a stalled client holds is one write and Kestrel's own buffer.</remarks>
internal class StreamOutlet(HttpContext context, Stream stream) : Outlet
{
    private Action? _onWritten;
    private ValueTask _write;

    /// <inheritdoc/>
    public override void Abort()
    {
        try
        {
            context.Abort();
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
        ValueTask write = stream.WriteAsync(octets, CancellationToken.None);
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
