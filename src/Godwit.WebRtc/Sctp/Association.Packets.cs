using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>The packet that is being made.</summary>
internal sealed partial class Association
{
    private byte[]? _packet;
    private int _packetLength;
    private bool _isAlone;

    /// <summary>How much a chunk in a packet of its own may take, in octets.</summary>
    private int LargestChunk => (_options.PacketLength - CommonHeader.Length) & ~3;

    /// <summary>Adds a chunk to the packet, or to a new one if there is no room, and gives back where it stands, its header written and the rest zero.</summary>
    private Span<byte> Append(ChunkType type, int length, byte flags = 0)
    {
        if (_isAlone || !HasRoom(length))
        {
            ClosePacket();
        }

        return AppendHere(_peer.Tag, type, length, flags);
    }

    /// <summary>Makes a packet of one chunk, for a given tag.</summary>
    private Span<byte> AppendAlone(uint tag, ChunkType type, int length, byte flags = 0)
    {
        ClosePacket();
        _isAlone = true;
        return AppendHere(tag, type, length, flags);
    }

    private bool HasRoom(int length) => _packet is not null && !_isAlone && _packetLength + FieldReader.Padded(length) <= _options.PacketLength;

    private Span<byte> AppendHere(uint tag, ChunkType type, int length, byte flags)
    {
        if (_packet is null)
        {
            _packet = BlockPool.Rent(_options.PacketLength);
            _packetLength = CommonHeader.Length;
            new CommonHeader(_ownPort, _peerPort, tag).Write(_packet);
        }

        Span<byte> chunk = _packet.AsSpan(_packetLength, FieldReader.Padded(length));
        _packetLength += chunk.Length;
        chunk.Clear();
        chunk[0] = (byte)type;
        chunk[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        return chunk[..length];
    }

    /// <summary>Sends the packet that is being made, if there is one.</summary>
    private void ClosePacket()
    {
        if (_packet is not { } packet)
        {
            return;
        }

        _packet = null;
        _isAlone = false;
        Span<byte> whole = packet.AsSpan(0, _packetLength);
        CommonHeader.Seal(whole);
        _user.Send(whole);
        BlockPool.Return(packet);
    }

    /// <summary>Writes a parameter or an error cause and gives back what is behind it.</summary>
    private static Span<byte> WriteField(Span<byte> at, ushort kind, scoped ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, kind);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], (ushort)(FieldReader.HeaderLength + value.Length));
        value.CopyTo(at[FieldReader.HeaderLength..]);
        return at[Math.Min(at.Length, FieldReader.Padded(FieldReader.HeaderLength + value.Length))..];
    }

    /// <summary>Reports something in an ERROR chunk, cut to what fits.</summary>
    private void Report(ErrorCause cause, ReadOnlySpan<byte> about)
    {
        about = about[..Math.Min(about.Length, LargestChunk - (2 * FieldReader.HeaderLength))];
        WriteField(Append(ChunkType.Error, (2 * FieldReader.HeaderLength) + about.Length)[FieldReader.HeaderLength..], (ushort)cause, about);
    }
}
