using System.Buffers;
using Godwit.Feeds;

namespace Godwit.Sessions.Exchanges;

/// <summary>The JSON text of an answer, in a buffer that goes back when it is disposed.</summary>
/// <remarks>A buffer of the pool is larger than its text, so a large text has one of its own: the client may be slow to take it.</remarks>
internal readonly struct ExchangeAnswer(byte[] buffer, int length, AnswerHold? hold, TimeSpan? pollAfter) : IDisposable
{
    /// <summary>When to ask again; null where the client does not poll at intervals, or reads nothing.</summary>
    public TimeSpan? PollAfter => pollAfter;

    /// <summary>The text.</summary>
    public ReadOnlyMemory<byte> Text => buffer.AsMemory(0, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        hold?.Dispose();
        if (buffer.Length != length)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
