using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Godwit.Administration;
using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>Makes and reads session tokens: signed, so that any server knows its client again, and nothing is kept for it.</summary>
internal sealed class SessionTokens
{
    /// <summary>How far the clock of the server that made a token may be ahead of this one.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private readonly TokenKeys _keys;
    private readonly TimeSpan _life;
    private readonly TimeProvider _time;
    private readonly Revocations? _revocations;

    /// <summary>Makes tokens with the keys that the settings give, else with those of the store.</summary>
    public SessionTokens(SessionOptions options, IBroker broker, TimeProvider time, Revocations? revocations = null)
    {
        _revocations = revocations;
        _life = options.TokenLife;
        _time = time;
        _keys = options.Keys.Count > 0 ? new ConfiguredKeys(options.Keys) : new StoredKeys(broker, options.TokenLife, time);
    }

    /// <summary>The keys, which sign links too.</summary>
    public TokenKeys Keys => _keys;

    /// <summary>Goes on with the session of a token, or begins a new one.</summary>
    /// <remarks>A token is handed back as it is for the first half of its life, while the newest key is the one it is signed with; else a new one of the same session.</remarks>
    /// <param name="presented">What the client presented, or null. A token that is none, forged, expired, revoked or of another subject begins a new session.</param>
    /// <param name="subject">Whose session it is; empty for anonymous clients.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <exception cref="BrokerUnavailableException">The keys are in the store, it does not answer, and none are known from before.</exception>
    public ValueTask<SessionIdentity> IdentifyAsync(string? presented, string subject, CancellationToken cancel)
    {
        if (!SessionToken.TryParse(presented, out SessionToken token) || !IsCurrent(token) || _revocations?.Covers(token.Session) == true)
        {
            presented = null;
        }

        ValueTask<KeyRing> asked = _keys.GetAsync(cancel);
        if (asked.IsCompletedSuccessfully)
        {
            KeyRing ring = asked.Result;
            return presented is null || ring.Find(token.KeyId) is not null
                ? ValueTask.FromResult(Identify(presented, token, subject, ring))
                : IdentifyAsync(ValueTask.FromResult(ring), presented, token, subject, cancel);
        }

        return IdentifyAsync(asked, presented, token, subject, cancel);
    }

    private async ValueTask<SessionIdentity> IdentifyAsync(ValueTask<KeyRing> asked, string? presented, SessionToken token, string subject, CancellationToken cancel)
    {
        KeyRing ring = await asked.ConfigureAwait(false);
        if (presented is not null && ring.Find(token.KeyId) is null)
        {
            ring = await _keys.GetWithAsync(token.KeyId, cancel).ConfigureAwait(false);
        }

        return Identify(presented, token, subject, ring);
    }

    private SessionIdentity Identify(string? presented, in SessionToken token, string subject, KeyRing ring)
    {
        if (presented is null || ring.Find(token.KeyId) is not { } key || !SessionToken.IsGenuine(presented, subject, key))
        {
            UInt128 session = 0;
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<UInt128>(ref session)));
            return new SessionIdentity(session, Sign(session, subject, ring.Newest), Resumed: false);
        }

        bool isFresh = key == ring.Newest && token.Expires - Now >= _life.TotalMilliseconds / 2;
        return new SessionIdentity(token.Session, isFresh ? presented : Sign(token.Session, subject, ring.Newest), Resumed: true);
    }

    private string Sign(UInt128 session, string subject, SigningKey key)
    {
        long now = Now;
        return new SessionToken(key.Id, session, now, now + (long)_life.TotalMilliseconds).ToText(subject, key);
    }

    private bool IsCurrent(in SessionToken token)
    {
        long now = Now;
        return now < token.Expires && token.Issued <= now + (long)ClockSkew.TotalMilliseconds;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
