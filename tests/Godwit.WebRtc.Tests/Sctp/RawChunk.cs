using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>A chunk as it stands in a packet: written and read by the RFC's pictures, with nothing of the code under test but the names of types.</summary>
internal sealed record RawChunk(byte Type, byte Flags, byte[] Body)
{
    public ChunkType Kind => (ChunkType)Type;

    public uint Word(int at) => BinaryPrimitives.ReadUInt32BigEndian(Body.AsSpan(at));

    public ushort Half(int at) => BinaryPrimitives.ReadUInt16BigEndian(Body.AsSpan(at));

    public uint Tsn => Word(0);

    public ReadOnlySpan<byte> Payload => Body.AsSpan(12);

    /// <summary>The gap ack blocks of a SACK.</summary>
    public (int From, int To)[] Gaps => [.. Enumerable.Range(0, Half(8)).Select(at => ((int)Half(12 + (at * 4)), (int)Half(14 + (at * 4))))];

    /// <summary>The duplicates that a SACK names.</summary>
    public uint[] Duplicates => [.. Enumerable.Range(0, Half(10)).Select(at => Word(12 + (Half(8) * 4) + (at * 4)))];

    public static RawChunk Of(ChunkType type, params byte[] body) => new((byte)type, 0, body);

    public static RawChunk WithFlags(ChunkType type, byte flags, params byte[] body) => new((byte)type, flags, body);

    public static RawChunk Init(uint tag, uint tsn, uint window = 100_000, ushort outgoing = 10, ushort incoming = 10, byte[]? parameters = null, bool isAck = false) =>
        Of(isAck ? ChunkType.InitAck : ChunkType.Init, Join(Words(tag, window), Halves(outgoing, incoming), Words(tsn), parameters ?? Join(Parameter(0xC000), Parameter(0x8008, 130, 192))));

    public static RawChunk Payloads(uint tsn, string text, ushort stream = 0, ushort sequence = 0, byte flags = 3, uint protocol = 51) =>
        Payloads(tsn, System.Text.Encoding.UTF8.GetBytes(text), stream, sequence, flags, protocol);

    public static RawChunk Payloads(uint tsn, byte[] payload, ushort stream = 0, ushort sequence = 0, byte flags = 3, uint protocol = 51) =>
        new((byte)ChunkType.Payload, flags, Join(Words(tsn), Halves(stream, sequence), Words(protocol), payload));

    public static RawChunk Sack(uint cumulative, uint window = 100_000, params (ushort From, ushort To)[] gaps) =>
        Of(ChunkType.Sack, Join(Words(cumulative, window), Halves((ushort)gaps.Length, 0), Join([.. gaps.Select(gap => Halves(gap.From, gap.To))])));

    public static RawChunk ForwardTsn(uint to, params (ushort Stream, ushort Sequence)[] passed) =>
        Of(ChunkType.ForwardTsn, Join(Words(to), Join([.. passed.Select(one => Halves(one.Stream, one.Sequence))])));

    public static RawChunk ResetRequest(uint number, uint lastTsn, params ushort[] streams) =>
        Of(ChunkType.ReConfig, Parameter(13, Join(Words(number, 0, lastTsn), Halves(streams))));

    public static RawChunk ResetResponse(uint number, uint result) => Of(ChunkType.ReConfig, Parameter(16, Words(number, result)));

    public static byte[] Words(params uint[] words)
    {
        byte[] octets = new byte[words.Length * 4];
        for (int at = 0; at < words.Length; at++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(at * 4), words[at]);
        }

        return octets;
    }

    public static byte[] Halves(params ushort[] halves)
    {
        byte[] octets = new byte[halves.Length * 2];
        for (int at = 0; at < halves.Length; at++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(at * 2), halves[at]);
        }

        return octets;
    }

    public static byte[] Parameter(ushort kind, params byte[] value) =>
        Join(Halves(kind, (ushort)(4 + value.Length)), value, new byte[(4 - (value.Length % 4)) % 4]);

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(static part => part)];
}
