namespace Godwit.WebRtc.Sctp;

/// <summary>What an end says of itself in its INIT or INIT ACK (RFC 9260 §3.3.2).</summary>
internal readonly record struct PeerParameters
{
    /// <summary>The verification tag that packets to it carry.</summary>
    public uint Tag { get; init; }

    /// <summary>Its first TSN.</summary>
    public uint Tsn { get; init; }

    /// <summary>Its receiver window, in octets.</summary>
    public uint Window { get; init; }

    /// <summary>How many streams it may use.</summary>
    public ushort OutgoingStreams { get; init; }

    /// <summary>How many streams it takes.</summary>
    public ushort IncomingStreams { get; init; }

    /// <summary>Whether it knows FORWARD-TSN (RFC 3758). If not, everything is sent reliably.</summary>
    public bool TakesForwardTsn { get; init; }

    /// <summary>Whether it knows RE-CONFIG (RFC 6525). If not, channels cannot be closed alone.</summary>
    public bool TakesReConfig { get; init; }
}
