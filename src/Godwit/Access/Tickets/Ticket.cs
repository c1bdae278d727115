namespace Godwit.Access.Tickets;

/// <summary>A credential that is good once.</summary>
/// <param name="Text">What the client shows. A secret until it is taken.</param>
/// <param name="Expires">Until when it can be taken.</param>
public sealed record Ticket(string Text, DateTimeOffset Expires)
{
    /// <summary>When it expires, and not the secret.</summary>
    public override string ToString() => $"ticket until {Expires:O}";
}
