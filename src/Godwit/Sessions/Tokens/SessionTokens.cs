using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>Makes and reads session tokens: signed, so that any server knows its client again, and nothing is kept for it.</summary>
internal sealed class SessionTokens
{
    /// <summary>Goes on with the session of a token, or begins a new one.</summary>
    /// <param name="presented">What the client presented, or null. A token that is none, forged, expired or of another subject begins a new session.</param>
    /// <param name="subject">Whose session it is; empty for anonymous clients.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <exception cref="BrokerUnavailableException">The keys are in the store, and it does not answer.</exception>
    public ValueTask<SessionIdentity> IdentifyAsync(string? presented, string subject, CancellationToken cancel) => throw new NotImplementedException();
}
