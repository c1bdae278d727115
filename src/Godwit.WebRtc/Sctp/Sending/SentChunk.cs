using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>A DATA chunk that was sent and is not cumulatively acknowledged.</summary>
internal struct SentChunk
{
    /// <summary>The message it is a piece of; null where nothing is kept because it is never sent again.</summary>
    public OutgoingMessage? Message;

    /// <summary>Where in the message it begins.</summary>
    public int Offset;

    /// <summary>How often it was sent again.</summary>
    public uint Retransmissions;

    /// <summary>How many octets of the message it carries.</summary>
    public ushort Length;

    public ushort Stream;

    public ushort Sequence;

    public PayloadFlags Flags;

    public SentState State;

    /// <summary>How many acknowledgements have named later chunks without this one (RFC 9260 §7.2.4).</summary>
    public byte Missing;

    /// <summary>Whether it was sent again because of that; it then waits for the timer.</summary>
    public bool WasFast;

    /// <summary>How much of a packet it takes, in octets.</summary>
    public readonly int Size => FieldReader.Padded(PayloadChunk.HeaderLength + Length);
}

/// <summary>What is known of a chunk that was sent.</summary>
internal enum SentState : byte
{
    InFlight,

    /// <summary>It is to be sent again.</summary>
    Lost,

    /// <summary>The other end has it, but may still forget it.</summary>
    Received,

    /// <summary>It is given up, and the other end is told to go on without it.</summary>
    Abandoned,
}
