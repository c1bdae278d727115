using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Access;

namespace Godwit.WebRtc.Dtls;

/// <summary>Seals and opens the records of a peer once the handshake is done: epoch 1, AES-128-GCM (RFC 5288). Under the peer's lock.</summary>
/// <remarks>
/// BouncyCastle makes the handshake; its own record layer would allocate for each record, throw for each bogus one, and want
/// a thread that waits in it. Nothing here allocates or throws, whatever comes.
/// </remarks>
internal sealed class DtlsRecordLayer : IDisposable
{
    /// <summary>What a record takes besides what it carries.</summary>
    public const int Overhead = DtlsRecord.HeaderLength + ExplicitNonce + Tag;

    /// <summary>The most that a record carries here: no datagram of ours is larger than the path takes.</summary>
    public const int MaxContent = 1400;

    private const int ExplicitNonce = 8;
    private const int Tag = 16;
    private const int NonceLength = DtlsKeys.SaltLength + ExplicitNonce;
    private const int AssociatedLength = 13;
    private const ulong Epoch = 1UL << 48;
    private const ulong NumberMask = Epoch - 1;

    private readonly AesGcm _read;
    private readonly AesGcm _write;
    private readonly byte[] _readSalt;
    private readonly byte[] _writeSalt;
    private ReplayWindow _window;
    private ulong _next;

    /// <summary>Goes on where a handshake has ended.</summary>
    /// <param name="keys">Its keys.</param>
    /// <param name="nextNumber">The first number of epoch 1 that no record of ours has had: a number used twice would give the key away.</param>
    public DtlsRecordLayer(DtlsKeys keys, ulong nextNumber)
    {
        _read = new AesGcm(keys.ReadKey, Tag);
        _write = new AesGcm(keys.WriteKey, Tag);
        _readSalt = keys.ReadSalt;
        _writeSalt = keys.WriteSalt;
        _next = nextNumber;
    }

    /// <summary>Opens a record in place.</summary>
    /// <param name="record">A record; its octets are changed.</param>
    /// <param name="content">What it carries, within the record.</param>
    /// <returns>False for one that is not genuine, has come before, or is too old.</returns>
    public bool TryOpen(in DtlsRecord record, out Span<byte> content)
    {
        content = default;
        Span<byte> body = record.Content;
        int length = body.Length - ExplicitNonce - Tag;
        ulong number = record.Sequence & NumberMask;
        if (record.Epoch != 1 || length < 0 || length > MaxContent || !_window.IsNew(number))
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> associated = stackalloc byte[AssociatedLength];
        Span<byte> tag = stackalloc byte[Tag];
        Span<byte> opened = stackalloc byte[MaxContent];
        Span<byte> sealedAgain = stackalloc byte[MaxContent];
        opened = opened[..length];
        sealedAgain = sealedAgain[..length];
        _readSalt.CopyTo(nonce);
        body[..ExplicitNonce].CopyTo(nonce[DtlsKeys.SaltLength..]);
        Associate(associated, record.Sequence, record.Type, record.SaidVersion, length);

        // AesGcm says by an exception that a record is bogus, which costs some thousand times the record. The cipher is its own
        // inverse: sealing the sealed opens it, and sealing that again gives the tag which a genuine record has.
        Span<byte> cipher = body.Slice(ExplicitNonce, length);
        _read.Encrypt(nonce, cipher, opened, tag, associated);
        _read.Encrypt(nonce, opened, sealedAgain, tag, associated);
        if (!SecretComparison.AreSame(tag, body[(ExplicitNonce + length)..]))
        {
            return false;
        }

        _window.Add(number);
        opened.CopyTo(cipher);
        content = cipher;
        return true;
    }

    /// <summary>Seals a record, and returns its length.</summary>
    /// <param name="type">What it carries.</param>
    /// <param name="content">The content.</param>
    /// <param name="record">Where to; <see cref="Overhead"/> octets more than the content.</param>
    public int Seal(byte type, ReadOnlySpan<byte> content, Span<byte> record)
    {
        if (_next > NumberMask)
        {
            throw new InvalidOperationException("The numbers of this epoch are used up.");
        }

        ulong sequence = Epoch | _next++;
        record[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(record[1..], DtlsRecord.Version);
        BinaryPrimitives.WriteUInt64BigEndian(record[3..], sequence);
        BinaryPrimitives.WriteUInt16BigEndian(record[11..], (ushort)(ExplicitNonce + content.Length + Tag));
        BinaryPrimitives.WriteUInt64BigEndian(record[DtlsRecord.HeaderLength..], sequence);

        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> associated = stackalloc byte[AssociatedLength];
        _writeSalt.CopyTo(nonce);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[DtlsKeys.SaltLength..], sequence);
        Associate(associated, sequence, type, DtlsRecord.Version, content.Length);
        Span<byte> body = record[(DtlsRecord.HeaderLength + ExplicitNonce)..];
        _write.Encrypt(nonce, content, body[..content.Length], body.Slice(content.Length, Tag), associated);
        return content.Length + Overhead;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
    }

    private static void Associate(Span<byte> associated, ulong sequence, byte type, ushort version, int length)
    {
        BinaryPrimitives.WriteUInt64BigEndian(associated, sequence);
        associated[8] = type;
        BinaryPrimitives.WriteUInt16BigEndian(associated[9..], version);
        BinaryPrimitives.WriteUInt16BigEndian(associated[11..], (ushort)length);
    }
}
