using System.Buffers.Binary;

namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>An INIT or INIT ACK chunk (RFC 9260 §3.3.2, §3.3.3) as it was received.</summary>
internal readonly ref struct InitChunk
{
    /// <summary>The length of one that is sent, without a cookie: its fixed part, that FORWARD-TSN is known, and the two extensions.</summary>
    public const int Length = FixedLength + 4 + 8;

    private const int FixedLength = 20;
    private const int LeastWindow = 1500;

    private readonly ReadOnlySpan<byte> _optional;

    private InitChunk(ReadOnlySpan<byte> chunk)
    {
        _optional = chunk[FixedLength..];
        uint window = BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]);
        ushort outgoing = BinaryPrimitives.ReadUInt16BigEndian(chunk[12..]);
        ushort incoming = BinaryPrimitives.ReadUInt16BigEndian(chunk[14..]);
        bool takesForward = false;
        bool takesReConfig = false;
        if (window < LeastWindow || outgoing == 0 || incoming == 0)
        {
            Fault = ErrorCause.InvalidMandatoryParameter;
        }

        var reader = new FieldReader(_optional);
        while (reader.MoveNext())
        {
            switch ((ParameterType)reader.Kind)
            {
                case ParameterType.StateCookie:
                    Cookie = reader.Value;
                    break;
                case ParameterType.ForwardTsnSupported:
                    takesForward = true;
                    break;
                case ParameterType.SupportedExtensions:
                    takesForward |= reader.Value.Contains((byte)ChunkType.ForwardTsn);
                    takesReConfig |= reader.Value.Contains((byte)ChunkType.ReConfig);
                    break;
                case ParameterType.HostName:
                    Fault = ErrorCause.UnresolvableAddress;
                    break;
            }

            if (!IsKnown(reader.Kind) && (reader.Kind & 0x8000) == 0)
            {
                break;
            }
        }

        Fault = reader.IsMalformed && Fault == ErrorCause.None ? ErrorCause.ProtocolViolation : Fault;
        Parameters = new PeerParameters
        {
            Tag = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]),
            Window = window,
            OutgoingStreams = outgoing,
            IncomingStreams = incoming,
            Tsn = BinaryPrimitives.ReadUInt32BigEndian(chunk[16..]),
            TakesForwardTsn = takesForward,
            TakesReConfig = takesReConfig,
        };
    }

    /// <summary>What is wrong with it, or <see cref="ErrorCause.None"/>.</summary>
    public ErrorCause Fault { get; }

    /// <summary>What the other end says of itself.</summary>
    public PeerParameters Parameters { get; }

    /// <summary>The state cookie, empty if there is none.</summary>
    public ReadOnlySpan<byte> Cookie { get; }

    /// <summary>Reads a chunk; false if it is to be dropped without an answer: too short, or without a tag.</summary>
    public static bool TryRead(ReadOnlySpan<byte> chunk, out InitChunk read)
    {
        if (chunk.Length < FixedLength || BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]) == 0)
        {
            read = default;
            return false;
        }

        read = new InitChunk(chunk);
        return true;
    }

    /// <summary>Writes what this end says of itself.</summary>
    /// <param name="chunk">The chunk, its header written and the rest zero, of at least <see cref="Length"/> octets.</param>
    /// <param name="own">What it says.</param>
    public static void Write(Span<byte> chunk, in PeerParameters own)
    {
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], own.Tag);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[8..], own.Window);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[12..], own.OutgoingStreams);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[14..], own.IncomingStreams);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[16..], own.Tsn);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[20..], (ushort)ParameterType.ForwardTsnSupported);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[22..], 4);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[24..], (ushort)ParameterType.SupportedExtensions);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[26..], 6);
        chunk[28] = (byte)ChunkType.ReConfig;
        chunk[29] = (byte)ChunkType.ForwardTsn;
    }

    /// <summary>Writes the parameters that are unknown and ask to be reported, each as the value of another parameter (§3.2.1).</summary>
    /// <param name="report">Where to, or nothing to learn how much there is.</param>
    /// <param name="most">How much is written at most, in octets; what does not fit is left out.</param>
    /// <returns>How much it is, in octets.</returns>
    public int Unrecognized(Span<byte> report, int most)
    {
        int length = 0;
        var reader = new FieldReader(_optional);
        while (reader.MoveNext())
        {
            if (IsKnown(reader.Kind))
            {
                continue;
            }

            int needed = FieldReader.HeaderLength + FieldReader.Padded(reader.Current.Length);
            if ((reader.Kind & 0x4000) != 0 && length + needed <= most)
            {
                if (!report.IsEmpty)
                {
                    Span<byte> at = report[length..];
                    BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)ParameterType.Unrecognized);
                    BinaryPrimitives.WriteUInt16BigEndian(at[2..], (ushort)(FieldReader.HeaderLength + reader.Current.Length));
                    reader.Current.CopyTo(at[FieldReader.HeaderLength..]);
                }

                length += needed;
            }

            if ((reader.Kind & 0x8000) == 0)
            {
                break;
            }
        }

        return length;
    }

    private static bool IsKnown(ushort kind) => (ParameterType)kind is ParameterType.Ipv4Address or ParameterType.Ipv6Address
        or ParameterType.StateCookie or ParameterType.Unrecognized or ParameterType.CookiePreservative or ParameterType.HostName
        or ParameterType.SupportedAddressTypes or ParameterType.SupportedExtensions or ParameterType.ForwardTsnSupported;
}
