namespace Godwit.Access.Tickets;

/// <summary>Whose a ticket is, and what it allows.</summary>
public sealed record TicketTerms
{
    /// <summary>The most characters of a user's name.</summary>
    internal const int MaxUser = 200;

    /// <summary>The user that whoever takes the ticket is: <c>from</c> of what it publishes, and its name among the members of a room.</summary>
    /// <value>1 to 200 visible ASCII characters.</value>
    public required string User { get; init; }

    /// <summary>What the user may do beside what policies allow (<see cref="Rooms.RoomPolicy.Users"/>).</summary>
    /// <value>Nothing by default.</value>
    public Grants Grants { get; init; } = Grants.None;

    /// <summary>What is left of all that: of the policies' rights and of <see cref="Grants"/>. For a ticket to one room, say.</summary>
    /// <value>Null, the default, takes nothing away.</value>
    public Grants? Bounds { get; init; }

    /// <summary>The origin of the pages that may show the ticket, as browsers send it: <c>https://app.example</c>. Another, or none, is refused with <c>ticket.origin</c>.</summary>
    /// <value>Null, the default, is any origin, and programs.</value>
    public string? Origin { get; init; }

    /// <summary>How long the ticket may be taken.</summary>
    /// <value>1 second to 5 minutes; 30 seconds by default. It is no longer than until <see cref="Ends"/>.</value>
    public TimeSpan Life { get; init; } = Tickets.DefaultLife;

    /// <summary>When whoever took the ticket is the user no more: a connection ends then, after <see cref="GodwitOptions.CredentialGrace"/>, unless it is refreshed by another ticket.</summary>
    /// <value>Null, the default, is never: connections go on until they are closed. Set it to when the user's sign-in ends, or sooner.</value>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>Whether a text may be a user's name.</summary>
    internal static bool IsUser(string? user) => user is { Length: > 0 and <= MaxUser } && !user.AsSpan().ContainsAnyExceptInRange('!', '~');
}
