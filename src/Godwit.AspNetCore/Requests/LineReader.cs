using System.Buffers;
using System.IO.Pipelines;

namespace Godwit.AspNetCore.Requests;

/// <summary>Takes a body apart into lines, as they arrive.</summary>
/// <remarks>
/// A line that lies in one piece is handed out where it lies. One that does not is put together in a buffer that is held
/// for as long as the line is incomplete, so a body that pauses between lines holds none. Memory is taken as the line
/// arrives, up to its bound; of a longer line nothing is kept.
/// </remarks>
/// <param name="body">The body.</param>
/// <param name="most">The most octets of a line without its LF.</param>
internal sealed class LineReader(PipeReader body, int most) : IDisposable
{
    private ReadOnlySequence<byte> _arrived;
    private SequencePosition _next;
    private ReadOnlyMemory<byte> _piece;
    private byte[] _held = [];
    private int _length;
    private bool _tooLong;
    private bool _reading;
    private bool _ended;

    /// <summary>The octets that have come so far.</summary>
    public long Octets { get; private set; }

    /// <summary>Takes the next line of what has arrived; false if no complete one is left.</summary>
    /// <remarks>Lines end with LF; the last one may end with the body.</remarks>
    /// <param name="line">The line without its LF, until the next call; empty if it was too long.</param>
    /// <param name="tooLong">Whether the line has more than the most octets.</param>
    public bool TryTake(out ReadOnlySpan<byte> line, out bool tooLong)
    {
        while (true)
        {
            ReadOnlySpan<byte> piece = _piece.Span;
            int end = piece.IndexOf((byte)'\n');
            if (end >= 0)
            {
                _piece = _piece[(end + 1)..];
                line = Complete(piece[..end], out tooLong);
                return true;
            }

            Hold(piece);
            if (!_reading || !_arrived.TryGet(ref _next, out _piece))
            {
                break;
            }
        }

        _piece = default;
        if (_ended && (_length > 0 || _tooLong))
        {
            line = Complete([], out tooLong);
            return true;
        }

        line = default;
        tooLong = false;
        return false;
    }

    /// <summary>Waits for more; false at the end of the body. Call it when no complete line is left.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first; nothing is lost.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        Release();
        if (_ended)
        {
            return false;
        }

        if (_length == 0)
        {
            LetGo();
        }

        ReadResult read = await body.ReadAsync(cancel).ConfigureAwait(false);
        _arrived = read.Buffer;
        Octets += _arrived.Length;
        _next = _arrived.Start;
        _reading = true;
        _ended = read.IsCompleted;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        LetGo();
    }

    private void Release()
    {
        if (_reading)
        {
            _reading = false;
            _piece = default;
            body.AdvanceTo(_arrived.End);
            _arrived = default;
        }
    }

    private ReadOnlySpan<byte> Complete(ReadOnlySpan<byte> last, out bool tooLong)
    {
        ReadOnlySpan<byte> line = last;
        if (_length > 0 || _tooLong || last.Length > most)
        {
            Hold(last);
            line = _held.AsSpan(0, _length);
        }

        tooLong = _tooLong;
        _length = 0;
        _tooLong = false;
        return line;
    }

    private void Hold(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty || _tooLong)
        {
            return;
        }

        int total = _length + piece.Length;
        if (total > most)
        {
            _length = 0;
            _tooLong = true;
            return;
        }

        if (total > _held.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(total, (int)Math.Min(most, total * 2L)));
            _held.AsSpan(0, _length).CopyTo(larger);
            LetGo();
            _held = larger;
        }

        piece.CopyTo(_held.AsSpan(_length));
        _length = total;
    }

    private void LetGo()
    {
        if (_held.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_held);
            _held = [];
        }
    }
}
