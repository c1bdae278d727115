namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>A message that is kept until the other end has it. Objects are used again.</summary>
internal sealed class OutgoingMessage
{
    private const int MostPooled = 8192;

    private static readonly Lock PoolLock = new();
    private static OutgoingMessage? _pool;
    private static int _pooled;

    private byte[] _block = [];
    private int _references;
    private OutgoingMessage? _next;

    private OutgoingMessage()
    {
    }

    /// <summary>The stream it goes out on.</summary>
    public OutboundStream Stream { get; private set; } = null!;

    public uint Protocol { get; private set; }

    public bool IsUnordered { get; private set; }

    /// <summary>How often it may be sent again.</summary>
    public uint MostRetransmissions { get; private set; }

    /// <summary>Until when it is worth sending, in milliseconds of the caller's clock.</summary>
    public long ExpiresAt { get; private set; }

    public int Length { get; private set; }

    /// <summary>How much of it has got a TSN.</summary>
    public int Sent { get; set; }

    /// <summary>Its place in the order of its stream, from its first piece on.</summary>
    public ushort Sequence { get; set; }

    /// <summary>Whether it was given up; nothing more of it is sent.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>The message behind it in its stream.</summary>
    public OutgoingMessage? Behind { get; set; }

    public ReadOnlySpan<byte> Payload => _block.AsSpan(0, Length);

    /// <summary>Makes a message with a copy of its payload, referred to once.</summary>
    public static OutgoingMessage Take(OutboundStream stream, uint protocol, ReadOnlySpan<byte> payload, in DeliveryTerms terms, long now)
    {
        OutgoingMessage? message;
        lock (PoolLock)
        {
            message = _pool;
            if (message is not null)
            {
                _pool = message._next;
                _pooled--;
            }
        }

        message ??= new OutgoingMessage();
        message._next = null;
        message._references = 1;
        message._block = BlockPool.Rent(payload.Length);
        payload.CopyTo(message._block);
        message.Length = payload.Length;
        message.Stream = stream;
        message.Protocol = protocol;
        message.IsUnordered = terms.IsUnordered;
        message.MostRetransmissions = terms.MostRetransmissions;
        message.ExpiresAt = terms.Lifetime == uint.MaxValue ? long.MaxValue : now + terms.Lifetime;
        message.Sent = 0;
        message.IsAbandoned = false;
        message.Behind = null;
        return message;
    }

    /// <summary>One more place refers to it.</summary>
    public void Hold() => _references++;

    /// <summary>One place less refers to it; behind the last it must not be used.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Release()
    {
        if (--_references > 0)
        {
            return false;
        }

        BlockPool.Return(_block);
        _block = [];
        Stream = null!;
        Behind = null;
        lock (PoolLock)
        {
            if (_pooled < MostPooled)
            {
                _next = _pool;
                _pool = this;
                _pooled++;
            }
        }

        return true;
    }
}
