using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.DataChannels;

/// <summary>A DATA_CHANNEL_OPEN message (RFC 8832 §5.1).</summary>
internal readonly ref struct ChannelOpen
{
    /// <summary>The first octet of the message.</summary>
    public const byte MessageType = 3;

    /// <summary>The first octet of the answer, which has no more (RFC 8832 §5.2).</summary>
    public const byte AckMessageType = 2;

    private const int FixedLength = 12;
    private const byte UnorderedBit = 0x80;
    private const ushort NormalPriority = 256;

    private ChannelOpen(DeliveryTerms terms, ReadOnlySpan<byte> label, ReadOnlySpan<byte> protocol)
    {
        Terms = terms;
        Label = label;
        Protocol = protocol;
    }

    /// <summary>How hard it is tried to deliver its messages.</summary>
    public DeliveryTerms Terms { get; }

    /// <summary>The label, valid UTF-8.</summary>
    public ReadOnlySpan<byte> Label { get; }

    /// <summary>The name of the protocol spoken over it, valid UTF-8.</summary>
    public ReadOnlySpan<byte> Protocol { get; }

    /// <summary>Reads a message; false if it is none, of an unknown channel type, or its text is not UTF-8.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out ChannelOpen read)
    {
        read = default;
        if (message.Length < FixedLength || message[0] != MessageType)
        {
            return false;
        }

        int label = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int protocol = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (message.Length != FixedLength + label + protocol || !Utf8.IsValid(message.Slice(FixedLength, label)) || !Utf8.IsValid(message[(FixedLength + label)..]))
        {
            return false;
        }

        bool isUnordered = (message[1] & UnorderedBit) != 0;
        uint bound = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        DeliveryTerms terms;
        switch (message[1] & ~UnorderedBit)
        {
            case 0:
                terms = new DeliveryTerms(isUnordered);
                break;
            case 1:
                terms = new DeliveryTerms(isUnordered, mostRetransmissions: bound);
                break;
            case 2:
                terms = new DeliveryTerms(isUnordered, lifetime: bound);
                break;
            default:
                return false;
        }

        read = new ChannelOpen(terms, message.Slice(FixedLength, label), message[(FixedLength + label)..]);
        return true;
    }

    /// <summary>How long the message for a channel is, in octets.</summary>
    public static int LengthFor(string label, string protocol) => FixedLength + Encoding.UTF8.GetByteCount(label) + Encoding.UTF8.GetByteCount(protocol);

    /// <summary>Writes the message for a channel.</summary>
    public static void Write(Span<byte> message, in DeliveryTerms terms, string label, string protocol)
    {
        bool hasCount = terms.MostRetransmissions != uint.MaxValue;
        bool hasLifetime = !hasCount && terms.Lifetime != uint.MaxValue;
        message[0] = MessageType;
        message[1] = (byte)((terms.IsUnordered ? UnorderedBit : 0) | (hasCount ? 1 : hasLifetime ? 2 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], NormalPriority);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], hasCount ? terms.MostRetransmissions : hasLifetime ? terms.Lifetime : 0);
        int written = Encoding.UTF8.GetBytes(label, message[FixedLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(message[8..], (ushort)written);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], (ushort)Encoding.UTF8.GetBytes(protocol, message[(FixedLength + written)..]));
    }
}
