namespace Godwit.WebRtc.Sctp;

/// <summary>The protocol parameters of associations (RFC 9260 §16), and what an association may hold. Times are in milliseconds, sizes in octets.</summary>
internal sealed record SctpOptions
{
    /// <summary>The length of the longest packet that is sent.</summary>
    /// <value>
    /// 1,188: with DTLS (37), UDP (8), IPv6 (40) and TURN (4) in front it stays below the 1,280 that every IPv6 link carries. Longer
    /// packets are received all the same.
    /// </value>
    public int PacketLength { get; init; } = 1188;

    /// <summary>How much of what was received may wait for what is missing before it, and the receiver window that is announced.</summary>
    /// <value>512 KiB. Each piece counts with 64 octets more than it carries. At least twice <see cref="LargestMessage"/>.</value>
    public int ReceiveBuffer { get; init; } = 512 << 10;

    /// <summary>How much may be held of messages that are waiting to be sent or acknowledged.</summary>
    /// <value>1 MiB. Each message counts with 64 octets more than it carries.</value>
    public int SendBuffer { get; init; } = 1 << 20;

    /// <summary>The largest message that the other end may send; a larger one ends the association.</summary>
    /// <value>256 KiB, as <c>a=max-message-size</c> says.</value>
    public int LargestMessage { get; init; } = 256 << 10;

    /// <summary>How many incoming streams may have a place in an order at a time; one more ends the association.</summary>
    /// <value>128.</value>
    public int OrderedStreams { get; init; } = 128;

    /// <summary>RTO.Initial.</summary>
    /// <value>1,000, as the RFC suggests.</value>
    public int InitialTimeout { get; init; } = 1000;

    /// <summary>RTO.Min.</summary>
    /// <value>400: twice what the other end may delay an acknowledgement. The RFC suggests 1,000.</value>
    public int LeastTimeout { get; init; } = 400;

    /// <summary>RTO.Max.</summary>
    /// <value>3,000, so that the first packet after an outage does not wait for a minute, which the RFC suggests.</value>
    public int LongestTimeout { get; init; } = 3000;

    /// <summary>Association.Max.Retrans: how often in a row nothing may come back before the association is given up.</summary>
    /// <value>10.</value>
    public int MostRetransmissions { get; init; } = 10;

    /// <summary>Max.Init.Retransmits.</summary>
    /// <value>8.</value>
    public int MostInitRetransmissions { get; init; } = 8;

    /// <summary>HB.interval: how long a path is idle before it is asked whether it is there.</summary>
    /// <value>30,000; 0 is never.</value>
    public int HeartbeatInterval { get; init; } = 30_000;

    /// <summary>SACK.Delay: how long an acknowledgement may wait for a second packet.</summary>
    /// <value>200; the RFC allows up to 500.</value>
    public int AcknowledgementDelay { get; init; } = 200;

    /// <summary>Valid.Cookie.Life.</summary>
    /// <value>60,000.</value>
    public int CookieLife { get; init; } = 60_000;

    /// <summary>T5-shutdown-guard: how long the other end may take to end an association after this end has sent SHUTDOWN.</summary>
    /// <value>60,000. The RFC suggests five times RTO.Max, which is meant for one that is 60,000.</value>
    public int ShutdownGuard { get; init; } = 60_000;

    /// <summary>Max.Burst: how many packets with payload may leave at once.</summary>
    /// <value>4; more may leave after an acknowledgement, or a millisecond later.</value>
    public int Burst { get; init; } = 4;

    /// <summary>The key of state cookies.</summary>
    /// <value>One for the process, drawn when it is first used.</value>
    public CookieKey CookieKey { get; init; } = CookieKey.OfProcess;

    /// <summary>The first TSN, for tests of what happens where numbers begin again.</summary>
    /// <value>null: by chance.</value>
    public uint? FirstTsn { get; init; }
}
