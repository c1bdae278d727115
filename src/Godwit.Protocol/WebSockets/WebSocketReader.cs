using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Godwit.Protocol.WebSockets;

/// <summary>Reads what the other end of one WebSocket connection sends (RFC 6455 §5 to §8): messages, control frames, or the first violation.</summary>
/// <remarks>
/// <para>
/// Feed it what has arrived, cut anywhere, until <c>TryRead</c> is false; then all of the input is consumed and its memory
/// may be used again. It needs no octet twice, so nothing has to be kept for it.
/// </para>
/// <para>
/// It is small while it waits and holds no buffer then. A message that is not whole within one piece of input is
/// collected in a pooled buffer, which grows with the octets that have arrived, whatever the frame announced. After a
/// close or a violation all further input is dropped. Not safe for concurrent use.
/// </para>
/// </remarks>
public sealed partial class WebSocketReader : IDisposable
{
    /// <summary>The largest limit of a message's size, 1 GiB.</summary>
    public const int MaxMessageSizeLimit = 1 << 30;

    private readonly int _maxMessageSize;
    private readonly WebSocketRole _role;

    // What has been collected: _messageHeld octets of the message, then _controlHeld octets of a control frame that
    // arrived between its fragments. Null while neither is held and no payload in it is lent to the caller.
    private byte[]? _buffer;
    private int _messageHeld;
    private byte _controlHeld;

    private WebSocketOpcode _message; // of the message begun; Continuation if none is
    private Utf8Check _text;

    /// <summary>Makes a reader for a new connection.</summary>
    /// <param name="role">Which end this is.</param>
    /// <param name="maxMessageSize">The largest message taken, in octets over all fragments, 1 to <see cref="MaxMessageSizeLimit"/>. One that announces more is refused with 1009 before its payload arrives.</param>
    public WebSocketReader(WebSocketRole role, int maxMessageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxMessageSize, MaxMessageSizeLimit);
        _role = role;
        _maxMessageSize = maxMessageSize;
    }

    /// <summary>Whether the other end stands between two messages: it has begun neither a message nor a frame that is not complete.</summary>
    public bool IsIdle => _stage == Stage.FirstOctet && _message == WebSocketOpcode.Continuation;

    /// <summary>Whether reading has ended by a close, a violation or disposal.</summary>
    public bool HasEnded => _stage == Stage.Ended;

    /// <summary>The octets of pooled memory that are held.</summary>
    internal int BufferLength => _buffer?.Length ?? 0;

    /// <summary>Reads on; payloads are unmasked in place, so the consumed part of the input is overwritten: for memory that nobody else reads.</summary>
    /// <param name="input">What has arrived; on return, the part that is still to be read.</param>
    /// <param name="received">What was found. Its payload may lie in the input.</param>
    /// <returns>Whether something was found; otherwise the whole input has been consumed.</returns>
    public bool TryRead(ref Memory<byte> input, out WebSocketReceived received)
    {
        Release();
        bool found = Advance(input, inPlace: true, out int consumed, out received);
        input = input[consumed..];
        return found;
    }

    /// <summary>Reads on without writing to the input: for memory that others may read too.</summary>
    /// <inheritdoc cref="TryRead(ref Memory{byte}, out WebSocketReceived)"/>
    public bool TryRead(ref ReadOnlySequence<byte> input, out WebSocketReceived received)
    {
        Release();
        SequencePosition next = input.Start;
        SequencePosition start = next;
        while (input.TryGet(ref next, out ReadOnlyMemory<byte> segment))
        {
            if (Advance(segment, inPlace: false, out int consumed, out received))
            {
                input = input.Slice(input.GetPosition(consumed, start));
                return true;
            }

            start = next;
        }

        input = input.Slice(input.End);
        received = default;
        return false;
    }

    /// <summary>Ends reading and gives back the buffer, if one is held.</summary>
    public void Dispose()
    {
        _stage = Stage.Ended;
        Release();
    }

    /// <summary>Gives back the buffer unless the message that it holds goes on.</summary>
    private void Release()
    {
        if (_buffer is not null && (HasEnded || (_messageHeld == 0 && _controlHeld == 0)))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private bool Advance(ReadOnlyMemory<byte> input, bool inPlace, out int consumed, out WebSocketReceived received)
    {
        ReadOnlySpan<byte> octets = input.Span;
        consumed = 0;
        received = default;
        while (_stage != Stage.Ended)
        {
            if (_stage != Stage.Payload && !ReadHeader(octets, ref consumed, ref received))
            {
                return HasEnded;
            }

            int arrived = (int)Math.Min(_remaining, octets.Length - consumed);
            ReadOnlyMemory<byte> piece = input.Slice(consumed, arrived);
            consumed += arrived;
            if (TakePayload(piece, inPlace, ref received))
            {
                return true;
            }

            if (_stage == Stage.Payload)
            {
                return false;
            }
        }

        consumed = octets.Length;
        return false;
    }

    /// <summary>Takes the next piece of a frame's payload; true if that completes or ends something.</summary>
    private bool TakePayload(ReadOnlyMemory<byte> piece, bool inPlace, ref WebSocketReceived received)
    {
        bool control = _opcode >= WebSocketOpcode.Close;
        int held = control ? _controlHeld : _messageHeld;
        bool last = piece.Length == _remaining;
        _remaining -= piece.Length;

        // What is whole in the input is handed out from there, unless that would mean to write where it is not allowed.
        bool lend = last && _fin && held == 0 && (inPlace || _role == WebSocketRole.Client);
        ReadOnlyMemory<byte> whole = lend ? Unmask(piece) : Collect(piece, control);
        if (!control && _message == WebSocketOpcode.Text && !(_text.Take(whole.Span[held..]) && (!last || !_fin || _text.Complete)))
        {
            return Fail(WebSocketCloseCode.InvalidPayload, "A text message is not UTF-8.", out received);
        }

        if (!last)
        {
            return false;
        }

        _stage = Stage.FirstOctet;
        if (control)
        {
            _controlHeld = 0;
            return TakeControl(whole, out received);
        }

        if (!_fin)
        {
            return false;
        }

        received = new WebSocketReceived(_message == WebSocketOpcode.Text ? WebSocketReceivedKind.Text : WebSocketReceivedKind.Binary, whole);
        _message = WebSocketOpcode.Continuation;
        _messageHeld = 0;
        return true;
    }

    private bool TakeControl(ReadOnlyMemory<byte> payload, out WebSocketReceived received)
    {
        if (_opcode != WebSocketOpcode.Close)
        {
            received = new WebSocketReceived(_opcode == WebSocketOpcode.Ping ? WebSocketReceivedKind.Ping : WebSocketReceivedKind.Pong, payload);
            return true;
        }

        var code = WebSocketCloseCode.NoStatus;
        if (payload.Length == 1)
        {
            return Fail(WebSocketCloseCode.ProtocolError, "The payload of a close frame is a single octet.", out received);
        }

        if (payload.Length > 0)
        {
            code = (WebSocketCloseCode)BinaryPrimitives.ReadUInt16BigEndian(payload.Span);
            payload = payload[sizeof(ushort)..];
            if (!code.MayBeSent())
            {
                return Fail(WebSocketCloseCode.ProtocolError, $"No close frame may carry the code {(ushort)code}.", out received);
            }

            if (!System.Text.Unicode.Utf8.IsValid(payload.Span))
            {
                return Fail(WebSocketCloseCode.InvalidPayload, "The reason of a close frame is not UTF-8.", out received);
            }
        }

        _stage = Stage.Ended;
        received = new WebSocketReceived(WebSocketReceivedKind.Close, payload, code);
        return true;
    }

    private ReadOnlyMemory<byte> Unmask(ReadOnlyMemory<byte> piece)
    {
        if (_role == WebSocketRole.Server)
        {
            Span<byte> octets = MemoryMarshal.AsMemory(piece).Span;
            WebSocketMask.Apply(_mask, octets, octets);
        }

        return piece;
    }

    /// <summary>Appends a piece to what is held, and returns all that is held of the same message or control frame.</summary>
    private ReadOnlyMemory<byte> Collect(ReadOnlyMemory<byte> piece, bool control)
    {
        int used = _messageHeld + _controlHeld;
        int needed = used + piece.Length;
        if (BufferLength < needed)
        {
            Grow(used, needed);
        }

        Span<byte> destination = _buffer.AsSpan(used, piece.Length);
        if (_role == WebSocketRole.Server)
        {
            _mask = WebSocketMask.Apply(_mask, piece.Span, destination);
        }
        else
        {
            piece.Span.CopyTo(destination);
        }

        if (control)
        {
            _controlHeld += (byte)piece.Length;
            return _buffer.AsMemory(_messageHeld, _controlHeld);
        }

        Debug.Assert(_controlHeld == 0, "No control frame arrives within a frame.");
        _messageHeld = needed;
        return _buffer.AsMemory(0, _messageHeld);
    }

    private void Grow(int used, int needed)
    {
        // Twice what is held, for a few copies only, but not more than the frame needs to its end.
        long wanted = Math.Min(needed + _remaining, Math.Max(needed, 2L * used));
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)wanted);
        if (_buffer is not null)
        {
            _buffer.AsSpan(0, used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
