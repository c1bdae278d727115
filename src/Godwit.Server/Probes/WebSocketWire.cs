using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Godwit.Server.Probes;

/// <summary>The client's end of RFC 6455 framing on a stream, written independently of the server's codec so that the two check each other.</summary>
/// <remarks>It receives strictly and sends whatever it is told to, broken frames included.</remarks>
internal sealed class WebSocketWire(Stream stream) : IDisposable
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private byte[] _buffer = new byte[16 << 10];
    private int _start;
    private int _end;

    /// <summary>The next frame; null at the end of the connection between two frames.</summary>
    /// <exception cref="ContractException">The frame is not one a server may send.</exception>
    /// <exception cref="EndOfStreamException">The connection ended within a frame.</exception>
    public async ValueTask<WebSocketFrame?> ReceiveAsync(CancellationToken cancel = default)
    {
        if (!await HaveAsync(2, cancel).ConfigureAwait(false))
        {
            return _start == _end ? null : throw new EndOfStreamException("The connection ended within a frame.");
        }

        byte first = _buffer[_start];
        byte second = _buffer[_start + 1];
        int opcode = first & 0x0F;
        bool final = (first & 0x80) != 0;
        int header = 2 + ((second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 });
        await RequireAsync(header, cancel).ConfigureAwait(false);
        ulong length = (second & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start + 2)),
            127 => BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_start + 2)),
            int small => (ulong)small,
        };
        string? fault = (first & 0x70) != 0 ? "A reserved bit is set."
            : (second & 0x80) != 0 ? "A server's frame is masked."
            : opcode is not (Continuation or Text or Binary or Close or Ping or Pong) ? "The opcode is reserved."
            : opcode >= Close && (!final || length > 125) ? "A control frame is fragmented or longer than 125 octets."
            : (header == 4 && length < 126) || (header == 10 && length <= ushort.MaxValue) ? "The length is not in its shortest form."
            : length > 64 << 20 ? "The length is out of all proportion."
            : opcode == Close && length == 1 ? "A close frame has half a status code."
            : null;
        if (fault is not null)
        {
            throw new ContractException(fault, Convert.ToHexString(_buffer.AsSpan(_start, header)));
        }

        _start += header;
        await RequireAsync((int)length, cancel).ConfigureAwait(false);
        byte[] payload = _buffer.AsSpan(_start, (int)length).ToArray();
        _start += (int)length;
        return new WebSocketFrame(final, opcode, payload);
    }

    /// <summary>Sends one frame, masked as a client must.</summary>
    public Task SendAsync(int opcode, ReadOnlyMemory<byte> payload, CancellationToken cancel = default) =>
        SendAsync(Frame(opcode, payload.Span), cancel);

    /// <summary>Sends a close frame.</summary>
    public Task SendCloseAsync(int code, CancellationToken cancel = default) =>
        SendAsync(Close, new byte[] { (byte)(code >> 8), (byte)code }, cancel);

    /// <summary>Sends octets as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel = default)
    {
        await _sending.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(octets, cancel).ConfigureAwait(false);
            await stream.FlushAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Lays out a frame; by default one that a client may send.</summary>
    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool final = true, bool masked = true, int reserved = 0)
    {
        int extended = payload.Length switch { < 126 => 0, <= ushort.MaxValue => 2, _ => 8 };
        int mask = 2 + extended;
        byte[] frame = new byte[mask + (masked ? 4 : 0) + payload.Length];
        frame[0] = (byte)((final ? 0x80 : 0) | (reserved << 4) | opcode);
        frame[1] = (byte)((masked ? 0x80 : 0) | extended switch { 0 => payload.Length, 2 => 126, _ => 127 });
        switch (extended)
        {
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            case 8:
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
                break;
        }

        Span<byte> body = frame.AsSpan(frame.Length - payload.Length);
        payload.CopyTo(body);
        if (masked)
        {
            Span<byte> key = frame.AsSpan(mask, 4);
            RandomNumberGenerator.Fill(key);
            for (int i = 0; i < body.Length; i++)
            {
                body[i] ^= key[i & 3];
            }
        }

        return frame;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private async ValueTask RequireAsync(int octets, CancellationToken cancel)
    {
        if (!await HaveAsync(octets, cancel).ConfigureAwait(false))
        {
            throw new EndOfStreamException("The connection ended within a frame.");
        }
    }

    private async ValueTask<bool> HaveAsync(int octets, CancellationToken cancel)
    {
        while (_end - _start < octets)
        {
            if (_start > 0 && _start + octets > _buffer.Length)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            if (octets > _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Max(octets, 2 * _buffer.Length));
            }

            if (_end == _buffer.Length)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            int received = await stream.ReadAsync(_buffer.AsMemory(_end), cancel).ConfigureAwait(false);
            if (received == 0)
            {
                return false;
            }

            _end += received;
        }

        return true;
    }
}
