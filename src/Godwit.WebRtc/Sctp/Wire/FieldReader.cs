using System.Buffers.Binary;

namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>Walks over chunks, parameters or error causes: each has a header of four octets with its length in the last two, and is padded to four octets.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> fields)
{
    /// <summary>The length of a field's own header, in octets.</summary>
    public const int HeaderLength = 4;

    private ReadOnlySpan<byte> _rest = fields;

    /// <summary>The field, its header included, its padding not.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Whether what comes next has a length that cannot be. Nothing behind it can be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Whether nothing follows.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The two octets with which a parameter or an error cause begins.</summary>
    public readonly ushort Kind => BinaryPrimitives.ReadUInt16BigEndian(Current);

    /// <summary>What the field says, without its header.</summary>
    public readonly ReadOnlySpan<byte> Value => Current[HeaderLength..];

    /// <summary>Goes to the next field; false at the end and where the rest is malformed.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || IsMalformed)
        {
            return false;
        }

        int length = _rest.Length < HeaderLength ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < HeaderLength || length > _rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        Current = _rest[..length];
        _rest = _rest[Math.Min(Padded(length), _rest.Length)..];
        return true;
    }

    /// <summary>A length with the padding that follows on the wire.</summary>
    public static int Padded(int length) => (length + 3) & ~3;
}
