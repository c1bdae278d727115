namespace Godwit.Server.Links;

/// <summary>What became of the packets of one direction of a link so far.</summary>
/// <remarks>Of one moment: <c>Seen + Duplicated = Delivered + Lost + CutOff + Overflowed + Waiting</c> always holds.</remarks>
internal readonly record struct LinkCounters
{
    /// <summary>Packets that were sent into the link.</summary>
    public long Seen { get; init; }

    /// <summary>Packets that came out, copies among them.</summary>
    public long Delivered { get; init; }

    /// <summary>Packets that were lost by <see cref="LinkConditions.Loss"/>.</summary>
    public long Lost { get; init; }

    /// <summary>Packets that were sent, or would have come out, during an outage.</summary>
    public long CutOff { get; init; }

    /// <summary>Packets that found the queue full.</summary>
    public long Overflowed { get; init; }

    /// <summary>Copies that were made.</summary>
    public long Duplicated { get; init; }

    /// <summary>Packets that came out after one that was sent later (RFC 4737, section 3.3).</summary>
    public long Reordered { get; init; }

    /// <summary>Packets that came out more than a millisecond after they were due, since the machine was busy: how far the delay is to be trusted.</summary>
    public long Late { get; init; }

    /// <summary>Packets that are under way.</summary>
    public long Waiting { get; init; }

    /// <summary>Packets that the system dropped by itself, since it was too busy: before the link took them, or after it gave them on. Losses that nobody asked for.</summary>
    public long Missed { get; init; }
}
