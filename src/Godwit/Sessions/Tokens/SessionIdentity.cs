namespace Godwit.Sessions.Tokens;

/// <summary>Who a client is across its connections.</summary>
/// <param name="Id">128 random bits that are the session's for its whole life.</param>
/// <param name="Token">The text that the client presents next time.</param>
/// <param name="Resumed">Whether it goes on with the session of the token that was presented.</param>
internal readonly record struct SessionIdentity(UInt128 Id, string Token, bool Resumed)
{
    /// <summary>The session, without the token.</summary>
    public override string ToString() => $"{Id:x32}";
}
