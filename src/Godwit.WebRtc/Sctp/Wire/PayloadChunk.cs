using System.Buffers.Binary;

namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>A DATA chunk (RFC 9260 §3.3.1).</summary>
internal readonly ref struct PayloadChunk
{
    /// <summary>The length of its header, in octets.</summary>
    public const int HeaderLength = 16;

    private PayloadChunk(ReadOnlySpan<byte> chunk)
    {
        Flags = (PayloadFlags)chunk[1];
        Tsn = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);
        Stream = BinaryPrimitives.ReadUInt16BigEndian(chunk[8..]);
        Sequence = BinaryPrimitives.ReadUInt16BigEndian(chunk[10..]);
        Protocol = BinaryPrimitives.ReadUInt32BigEndian(chunk[12..]);
        Payload = chunk[HeaderLength..];
    }

    public PayloadFlags Flags { get; }

    public uint Tsn { get; }

    public ushort Stream { get; }

    /// <summary>The stream sequence number; without meaning where <see cref="Flags"/> says unordered.</summary>
    public ushort Sequence { get; }

    /// <summary>The payload protocol identifier.</summary>
    public uint Protocol { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads a chunk; false if it is too short to be one. Its payload may be empty, which the RFC forbids.</summary>
    public static bool TryRead(ReadOnlySpan<byte> chunk, out PayloadChunk read)
    {
        read = chunk.Length < HeaderLength ? default : new PayloadChunk(chunk);
        return chunk.Length >= HeaderLength;
    }

    /// <summary>Writes the header of a chunk and gives back where its payload goes.</summary>
    public static Span<byte> Write(Span<byte> chunk, PayloadFlags flags, uint tsn, ushort stream, ushort sequence, uint protocol)
    {
        chunk[1] = (byte)flags;
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], tsn);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[8..], stream);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[10..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[12..], protocol);
        return chunk[HeaderLength..];
    }
}
