using Godwit.Access;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions.Exchanges;

/// <summary>What an exchange or a session stream asks for; everything in it was checked that is not a room's or the session's to say.</summary>
/// <param name="Credential">The token or ticket in the body, or null.</param>
/// <param name="Session">The session token that the client presents, or null.</param>
/// <param name="Rooms">The rooms to read, in the order given, none twice.</param>
/// <param name="Send">What to carry out before they are read.</param>
/// <param name="Wait">How many seconds the answer may be held, not cut to any cap.</param>
internal sealed record ExchangeRequest(PresentedCredential? Credential, string? Session, IReadOnlyList<RoomJoin> Rooms, IReadOnlyList<ExchangeItem> Send, double Wait)
{
    /// <summary>The origin of the page that asks; null where it is none.</summary>
    public string? Origin { get; init; }
}
