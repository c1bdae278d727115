using System.Buffers.Binary;

namespace Godwit.WebRtc.Sctp;

/// <summary>What an end needs to make an association, given to the other end to be brought back (RFC 9260 §5.1.3).</summary>
internal readonly record struct StateCookie
{
    /// <summary>The length of a cookie, in octets.</summary>
    public const int Length = ContentLength + CookieKey.SignatureLength;

    private const int ContentLength = 44;

    /// <summary>When it was made, in milliseconds of the caller's clock.</summary>
    public long MadeAt { get; init; }

    /// <summary>What the other end said of itself.</summary>
    public PeerParameters Peer { get; init; }

    /// <summary>The verification tag that packets to this end carry.</summary>
    public uint OwnTag { get; init; }

    /// <summary>The first TSN of this end.</summary>
    public uint OwnTsn { get; init; }

    /// <summary>The tag of this end in an association that was there when the INIT came, or 0.</summary>
    public uint OwnTieTag { get; init; }

    /// <summary>The tag of the other end in that association, or 0.</summary>
    public uint PeerTieTag { get; init; }

    /// <summary>Writes the cookie, signed for one association.</summary>
    /// <param name="cookie"><see cref="Length"/> octets.</param>
    /// <param name="key">The key.</param>
    /// <param name="association">Which association in this process; a cookie of another one is not taken.</param>
    public void Write(Span<byte> cookie, CookieKey key, long association)
    {
        BinaryPrimitives.WriteInt64BigEndian(cookie, MadeAt);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[8..], OwnTag);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[12..], OwnTsn);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[16..], OwnTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[20..], PeerTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[24..], Peer.Tag);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[28..], Peer.Tsn);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[32..], Peer.Window);
        BinaryPrimitives.WriteUInt16BigEndian(cookie[36..], Peer.OutgoingStreams);
        BinaryPrimitives.WriteUInt16BigEndian(cookie[38..], Peer.IncomingStreams);
        BinaryPrimitives.WriteUInt32BigEndian(cookie[40..], (Peer.TakesForwardTsn ? 1u : 0) | (Peer.TakesReConfig ? 2u : 0));
        Span<byte> signed = stackalloc byte[ContentLength + sizeof(long)];
        Signed(cookie, association, signed);
        key.Sign(signed, cookie[ContentLength..]);
    }

    /// <summary>Reads a cookie; false if it is none that was made with this key for this association.</summary>
    public static bool TryRead(ReadOnlySpan<byte> cookie, CookieKey key, long association, out StateCookie read)
    {
        read = default;
        if (cookie.Length != Length)
        {
            return false;
        }

        Span<byte> signed = stackalloc byte[ContentLength + sizeof(long)];
        Signed(cookie, association, signed);
        if (!key.IsSignature(signed, cookie[ContentLength..]))
        {
            return false;
        }

        uint flags = BinaryPrimitives.ReadUInt32BigEndian(cookie[40..]);
        read = new StateCookie
        {
            MadeAt = BinaryPrimitives.ReadInt64BigEndian(cookie),
            OwnTag = BinaryPrimitives.ReadUInt32BigEndian(cookie[8..]),
            OwnTsn = BinaryPrimitives.ReadUInt32BigEndian(cookie[12..]),
            OwnTieTag = BinaryPrimitives.ReadUInt32BigEndian(cookie[16..]),
            PeerTieTag = BinaryPrimitives.ReadUInt32BigEndian(cookie[20..]),
            Peer = new PeerParameters
            {
                Tag = BinaryPrimitives.ReadUInt32BigEndian(cookie[24..]),
                Tsn = BinaryPrimitives.ReadUInt32BigEndian(cookie[28..]),
                Window = BinaryPrimitives.ReadUInt32BigEndian(cookie[32..]),
                OutgoingStreams = BinaryPrimitives.ReadUInt16BigEndian(cookie[36..]),
                IncomingStreams = BinaryPrimitives.ReadUInt16BigEndian(cookie[38..]),
                TakesForwardTsn = (flags & 1) != 0,
                TakesReConfig = (flags & 2) != 0,
            },
        };
        return true;
    }

    private static void Signed(ReadOnlySpan<byte> cookie, long association, Span<byte> signed)
    {
        cookie[..ContentLength].CopyTo(signed);
        BinaryPrimitives.WriteInt64BigEndian(signed[ContentLength..], association);
    }
}
