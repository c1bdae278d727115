using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>What the web server reads of a handshake: the head, and whatever the connection has behind it, if it asks for that.</summary>
/// <param name="head">The head.</param>
/// <param name="goOn">Gives what reads the connection behind the head; from then on the connection is one like any other.</param>
internal sealed class HandshakeReader(byte[] head, Func<PipeReader> goOn) : PipeReader
{
    private ReadOnlySequence<byte> _left = new(head);
    private PipeReader? _rest;
    private int _isCanceled;
    private bool _isStuck;

    /// <summary>Whether the web server has taken the whole head, and nothing else.</summary>
    public bool HasHeadAlone => _left.IsEmpty && _rest is null;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_rest is { } known)
        {
            // Behind the head positions are those of the other reader, also of a read that was cancelled.
            if (Interlocked.Exchange(ref _isCanceled, 0) != 0)
            {
                known.CancelPendingRead();
            }

            return known.ReadAsync(cancellationToken);
        }

        if (Interlocked.Exchange(ref _isCanceled, 0) != 0)
        {
            return new ValueTask<ReadResult>(new ReadResult(_left, isCanceled: true, isCompleted: false));
        }

        if (_isStuck)
        {
            // It is whole to us and not to the web server, which would wait for more: what a head is has two opinions.
            throw new ConnectionAbortedException("The head of the request could not be made out.");
        }

        if (!_left.IsEmpty)
        {
            return new ValueTask<ReadResult>(new ReadResult(_left, isCanceled: false, isCompleted: false));
        }

        PipeReader rest = goOn();
        Volatile.Write(ref _rest, rest);
        if (Interlocked.Exchange(ref _isCanceled, 0) != 0)
        {
            rest.CancelPendingRead();
        }

        return rest.ReadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (_rest is { } rest)
        {
            return rest.TryRead(out result);
        }

        result = new ReadResult(_left, Interlocked.Exchange(ref _isCanceled, 0) != 0, isCompleted: false);
        return result.IsCanceled || !_left.IsEmpty;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_rest is { } rest)
        {
            rest.AdvanceTo(consumed, examined);
            return;
        }

        _isStuck = _left.Slice(examined).IsEmpty && !_left.Slice(consumed).IsEmpty;
        _left = _left.Slice(consumed);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        // Seen by the read that is under way, or by the next.
        Interlocked.Exchange(ref _isCanceled, 1);
        if (Volatile.Read(ref _rest) is { } rest && Interlocked.Exchange(ref _isCanceled, 0) != 0)
        {
            rest.CancelPendingRead();
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _rest?.Complete(exception);
}
