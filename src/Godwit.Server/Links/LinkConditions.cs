namespace Godwit.Server.Links;

/// <summary>What a <see cref="PacketLink"/> does to the packets of each direction.</summary>
/// <remarks>
/// What befalls the n-th packet of a direction follows from <see cref="Seed"/>, the direction and n alone, so the same packets in the same order meet the same fate, and changing
/// one condition changes nothing that another one decides.
/// </remarks>
internal sealed record LinkConditions
{
    private static readonly TimeSpan MostDelay = TimeSpan.FromSeconds(60);

    /// <summary>A link that adds nothing of its own.</summary>
    public static LinkConditions None { get; } = new();

    /// <summary>How long a packet takes, one way: a round trip takes twice that. 0 to 60 s; 0 by default.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>By how much the delay of a packet may differ from <see cref="Delay"/>, either way, drawn evenly. At most <see cref="Delay"/>; 0 by default.</summary>
    /// <remarks>Packets do not overtake each other for it: one that would leaves together with the one before it, as from a queue on the way.</remarks>
    public TimeSpan Jitter { get; init; }

    /// <summary>The share of packets that are lost, each by itself. 0 to 1; 0 by default.</summary>
    public double Loss { get; init; }

    /// <summary>The share of packets that arrive twice. 0 to 1; 0 by default.</summary>
    public double Duplication { get; init; }

    /// <summary>The share of packets that are held back by <see cref="HoldBack"/>, so that those sent meanwhile overtake them. 0 to 1; 0 by default.</summary>
    public double Reordering { get; init; }

    /// <summary>How much longer a packet takes that is held back. More than 0, up to 60 s; 10 ms by default.</summary>
    public TimeSpan HoldBack { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>When nothing passes, counted from the start of the link; none by default.</summary>
    public IReadOnlyList<Outage> Outages { get; init; } = [];

    /// <summary>How many packets may be under way in a direction; one more is dropped. 1 to 1,000,000; 10,000 by default, which carries 1.2 Gbit/s over 100 ms.</summary>
    public int Queue { get; init; } = 10_000;

    /// <summary>What decides what befalls each packet; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>What is wrong with them, in a line; null if nothing is.</summary>
    public string? Fault =>
        Delay < TimeSpan.Zero || Delay > MostDelay ? $"a delay of {Text(Delay)} is not between 0 and {Text(MostDelay)}"
        : Jitter < TimeSpan.Zero || Jitter > Delay ? $"a jitter of {Text(Jitter)} is not between 0 and the delay, {Text(Delay)}: a packet cannot arrive before it is sent"
        : !IsShare(Loss) ? $"a loss of {Loss} is not between 0 and 1"
        : !IsShare(Duplication) ? $"a duplication of {Duplication} is not between 0 and 1"
        : !IsShare(Reordering) ? $"a reordering of {Reordering} is not between 0 and 1"
        : HoldBack <= TimeSpan.Zero || HoldBack > MostDelay ? $"a hold-back of {Text(HoldBack)} is not more than 0 and at most {Text(MostDelay)}"
        : Queue is < 1 or > 1_000_000 ? $"a queue of {Queue} packets is not between 1 and 1,000,000"
        : Outages.Any(static outage => outage.After < TimeSpan.Zero || outage.Length <= TimeSpan.Zero) ? "an outage begins before the link or has no length"
        : null;

    private static bool IsShare(double value) => value is >= 0 and <= 1;

    private static string Text(TimeSpan time) => FormattableString.Invariant($"{time.TotalMilliseconds} ms");
}

/// <summary>A time in which nothing passes a link, in either direction.</summary>
/// <param name="After">When it begins, counted from the start of the link.</param>
/// <param name="Length">How long it lasts.</param>
internal readonly record struct Outage(TimeSpan After, TimeSpan Length)
{
    /// <summary>Whether it is going on.</summary>
    public bool Covers(TimeSpan time) => time >= After && time - After < Length;
}
