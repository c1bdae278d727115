using System.Buffers;

namespace Godwit.Sessions.Exchanges;

/// <summary>The JSON text of an answer, in a buffer that goes back when it is disposed.</summary>
internal readonly struct ExchangeAnswer(byte[] buffer, int length) : IDisposable
{
    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Text => buffer.AsSpan(0, length);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
