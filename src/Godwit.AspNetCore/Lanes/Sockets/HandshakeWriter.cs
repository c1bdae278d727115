using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>What the web server answers a handshake with: it is written to the socket when it is flushed, and nothing is kept behind that.</summary>
/// <param name="socket">A socket that does not block.</param>
/// <param name="onOther">Called before the first octets of an answer that is no 101 (RFC 6455 section 4.2.2): the connection is one like any other then, and somebody has to see its end.</param>
internal sealed class HandshakeWriter(Socket socket, Action onOther) : PipeWriter
{
    private const int LeastBuffer = 512;

    private static readonly byte[] Switching = Encoding.ASCII.GetBytes("HTTP/1.1 101 ");

    private byte[]? _buffer;
    private int _length;
    private bool _isDetached;
    private bool _hasBegun;
    private bool _isCanceled;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _length;

    /// <summary>Whatever is written from now on goes nowhere: the socket is another's.</summary>
    public void Detach() => _isDetached = true;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _length);
        _length += bytes;
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        int needed = _length + Math.Max(sizeHint, LeastBuffer);
        if (_buffer is null || _buffer.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            GiveBack();
            _buffer = larger;
        }

        return _buffer.AsMemory(_length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        bool isCanceled = _isCanceled;
        _isCanceled = false;
        if (_isDetached || _length == 0)
        {
            Forget();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled, isCompleted: false));
        }

        int sent;
        SocketError error;
        try
        {
            if (!_hasBegun)
            {
                _hasBegun = true;
                if (!_buffer.AsSpan(0, _length).StartsWith(Switching))
                {
                    onOther();
                }
            }

            sent = socket.Send(_buffer.AsSpan(0, _length), SocketFlags.None, out error);
        }
        catch (Exception gone) when (gone is ObjectDisposedException or ConnectionAbortedException)
        {
            (sent, error) = (0, SocketError.ConnectionAborted);
        }

        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            // As with a pipe: the reading side is gone.
            Forget();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled, isCompleted: true));
        }

        if (error == SocketError.Success && sent == _length)
        {
            Forget();
            return new ValueTask<FlushResult>(new FlushResult(isCanceled, isCompleted: false));
        }

        return FinishAsync(error == SocketError.Success ? sent : 0, isCanceled, cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => _isCanceled = true;

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => Forget();

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null)
        {
            await FlushAsync().ConfigureAwait(false);
        }

        Forget();
    }

    private async ValueTask<FlushResult> FinishAsync(int sent, bool isCanceled, CancellationToken cancel)
    {
        // Nobody writes before the flush has ended, so the buffer stays as it is.
        bool isGone = false;
        try
        {
            for (ReadOnlyMemory<byte> left = _buffer.AsMemory(sent, _length - sent); left.Length > 0;)
            {
                left = left[await socket.SendAsync(left, SocketFlags.None, cancel).ConfigureAwait(false)..];
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            isGone = true;
        }

        Forget();
        return new FlushResult(isCanceled, isGone);
    }

    private void Forget()
    {
        _length = 0;
        GiveBack();
    }

    private void GiveBack()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
