using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>Where the keys of session tokens come from.</summary>
internal abstract class TokenKeys
{
    /// <summary>The ring to sign and verify with now.</summary>
    /// <exception cref="BrokerUnavailableException">The keys are in the store, it does not answer, and none are known from before.</exception>
    public abstract ValueTask<KeyRing> GetAsync(CancellationToken cancel);

    /// <summary>The ring after a token named a key that it lacks: another server may have made one meanwhile.</summary>
    public abstract ValueTask<KeyRing> GetWithAsync(ulong id, CancellationToken cancel);
}
