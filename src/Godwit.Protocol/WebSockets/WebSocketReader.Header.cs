namespace Godwit.Protocol.WebSockets;

public sealed partial class WebSocketReader
{
    private Stage _stage;
    private byte _due; // octets of the length or of the key that are still to come
    private WebSocketOpcode _opcode;
    private bool _fin;
    private bool _wide; // whether the length has 64 bits
    private uint _mask; // the first octet of the key in the lowest bits
    private long _remaining; // octets of the payload that are still to come

    /// <summary>Which part of a frame comes next.</summary>
    private enum Stage : byte
    {
        FirstOctet,
        SecondOctet,
        Length,
        MaskingKey,
        Payload,
        Ended,
    }

    /// <summary>Reads on in a header; true when it is complete, false when the input or the reading has ended.</summary>
    /// <remarks>Octet by octet: the parts that have arrived are kept in the fields they go to, and each is judged at once.</remarks>
    private bool ReadHeader(ReadOnlySpan<byte> octets, ref int consumed, ref WebSocketReceived received)
    {
        while (consumed < octets.Length)
        {
            byte octet = octets[consumed++];
            bool good = _stage switch
            {
                Stage.FirstOctet => TakeFirst(octet, ref received),
                Stage.SecondOctet => TakeSecond(octet, ref received),
                Stage.Length => TakeLength(octet, ref received),
                _ => TakeKey(octet),
            };
            if (!good || _stage == Stage.Payload)
            {
                return good;
            }
        }

        return false;
    }

    private bool TakeFirst(byte octet, ref WebSocketReceived received)
    {
        _fin = (octet & 0x80) != 0;
        _opcode = (WebSocketOpcode)(octet & 0x0F);
        if ((octet & 0x70) != 0)
        {
            return Refuse("A reserved bit is set and no extension was agreed on.", ref received);
        }

        bool begun = _message != WebSocketOpcode.Continuation;
        switch (_opcode)
        {
            case WebSocketOpcode.Continuation when !begun:
                return Refuse("A continuation frame without a message to continue.", ref received);
            case WebSocketOpcode.Text or WebSocketOpcode.Binary when begun:
                return Refuse("A new message begins before the last one is complete.", ref received);
            case WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong when !_fin:
                return Refuse("A control frame is fragmented.", ref received);
            case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                _message = _opcode;
                break;
            case WebSocketOpcode.Continuation or WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                break;
            default:
                return Refuse($"The opcode {(byte)_opcode} is reserved.", ref received);
        }

        _stage = Stage.SecondOctet;
        return true;
    }

    private bool TakeSecond(byte octet, ref WebSocketReceived received)
    {
        bool masked = (octet & 0x80) != 0;
        if (masked != (_role == WebSocketRole.Server))
        {
            return Refuse(masked ? "A frame of a server is masked." : "A frame of a client is not masked.", ref received);
        }

        int length = octet & 0x7F;
        if (length > WebSocketFrameWriter.MaxControlPayload)
        {
            if (_opcode >= WebSocketOpcode.Close)
            {
                return Refuse("A control frame is longer than 125 octets.", ref received);
            }

            _remaining = 0;
            _due = (byte)(length == 126 ? sizeof(ushort) : sizeof(ulong));
            _stage = Stage.Length;
            _wide = length == 127;
            return true;
        }

        _remaining = length;
        return JudgeLength(ref received);
    }

    private bool TakeLength(byte octet, ref WebSocketReceived received)
    {
        if (_due == sizeof(ulong) && octet >= 0x80)
        {
            return Refuse("The highest bit of a 64-bit length is set.", ref received);
        }

        _remaining = (_remaining << 8) | octet;
        if (--_due > 0)
        {
            return true;
        }

        if (_remaining <= (_wide ? ushort.MaxValue : WebSocketFrameWriter.MaxControlPayload))
        {
            return Refuse("A length is not in its shortest form.", ref received);
        }

        return JudgeLength(ref received);
    }

    private bool JudgeLength(ref WebSocketReceived received)
    {
        // The longest control frame is within any limit; it does not count as part of the message it interrupts.
        if (_opcode < WebSocketOpcode.Close && _remaining > _maxMessageSize - _messageHeld)
        {
            return !Fail(WebSocketCloseCode.MessageTooBig, $"A message is larger than {_maxMessageSize} octets.", out received);
        }

        _due = sizeof(uint);
        _stage = _role == WebSocketRole.Server ? Stage.MaskingKey : Stage.Payload;
        return true;
    }

    private bool TakeKey(byte octet)
    {
        _mask = (_mask >> 8) | ((uint)octet << 24);
        if (--_due == 0)
        {
            _stage = Stage.Payload;
        }

        return true;
    }

    private bool Refuse(string violation, ref WebSocketReceived received) => !Fail(WebSocketCloseCode.ProtocolError, violation, out received);

    /// <summary>Ends reading with a violation. Always true.</summary>
    private bool Fail(WebSocketCloseCode code, string violation, out WebSocketReceived received)
    {
        _stage = Stage.Ended;
        Release();
        received = new WebSocketReceived(code, violation);
        return true;
    }
}
