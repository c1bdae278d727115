namespace Godwit.Rooms;

/// <summary>Whether a room keeps a list of its members, and how.</summary>
public sealed record PresencePolicy
{
    /// <summary>Whether it keeps one. Without it nobody is a member: whoever asks to be is refused with <c>presence.off</c>.</summary>
    /// <value>False by default.</value>
    public bool Enabled { get; init; }

    /// <summary>How long a session whose connection is gone stays a member, so that a page that is loaded again does not leave and come.</summary>
    /// <value>0 to 1 minute; 5 seconds by default.</value>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most members. Further sessions read the room all the same, and are told <c>presence.full</c>.</summary>
    /// <value>1 to 100,000; 10,000 by default.</value>
    public int Members { get; init; } = 10_000;

    /// <summary>The number of members above which clients are told how many there are and some of them, and no longer who comes and goes.</summary>
    /// <value>0 to 1,000; 100 by default.</value>
    public int SampleAbove { get; init; } = 100;

    /// <summary>The most octets that a member may say of itself, as JSON text.</summary>
    /// <value>1 octet to 64 KiB; 4 KiB by default. More is refused with <c>state.too_large</c>.</value>
    public int StateBytes { get; init; } = 4 << 10;
}
