using System.Net;

namespace Godwit.Access;

/// <summary>Who asks, as far as it was proved, and what that allows. Never changes; a refreshed credential is another caller.</summary>
public sealed class Caller
{
    /// <summary>Whoever asks from this machine while access is not configured: nothing is asked of it, and no rate counts it.</summary>
    internal static readonly Caller Unchecked = new() { Grants = Grants.Everything, IsUnchecked = true, IsAdmin = true };

    /// <summary>Whoever asks from this machine where everyone is answered: the same, but it administrates nothing, since a proxy may be what asks.</summary>
    internal static readonly Caller UncheckedGuest = new() { Grants = Grants.Everything, IsUnchecked = true };

    /// <summary>Someone who showed nothing, from an address that does not matter.</summary>
    internal static readonly Caller Nobody = new();

    // Ticks of UTC, 0 for none: every connection holds a caller, and these take a third of what times that may be missing do.
    private readonly long _expires;
    private readonly long _issued;

    internal Caller()
    {
    }

    /// <summary>How it is known.</summary>
    public CallerKind Kind { get; internal init; }

    /// <summary>The authenticated user, <c>sub</c> of a token; null for anonymous callers and API keys.</summary>
    public string? User { get; internal init; }

    /// <summary>The name of the API key; null for all others.</summary>
    public string? KeyName { get; internal init; }

    /// <summary>What its credential allows, beside what the policies of rooms allow everyone like it.</summary>
    internal Grants Grants { get; init; } = Grants.None;

    /// <summary>What is left of all that: a ticket or a link allows no more than it was made for. Null where nothing is taken away.</summary>
    internal Grants? Bounds { get; init; }

    /// <summary>When its credential ends; null where it does not.</summary>
    public DateTimeOffset? Expires { get => Time(_expires); internal init => _expires = value?.UtcTicks ?? 0; }

    /// <summary>When its credential was made; null where that is not known.</summary>
    internal DateTimeOffset? Issued { get => Time(_issued); init => _issued = value?.UtcTicks ?? 0; }

    /// <summary>What a revocation of this one credential names: <c>jti</c> of a token; null where it has none.</summary>
    internal string? TokenId { get; init; }

    /// <summary>Whether it may administrate.</summary>
    public bool IsAdmin { get; internal init; }

    /// <summary>The user whose rates count it; null where its address does. A link is passed on: whoever opens it spends nothing of its maker's.</summary>
    internal string? CountedUser => Kind == CallerKind.Link ? null : User;

    /// <summary>Where it calls from, proxies that are trusted aside; null where that does not matter.</summary>
    internal IPAddress? Address { get; init; }

    /// <summary>Whether nothing is asked of it: no rate counts it.</summary>
    internal bool IsUnchecked { get; private init; }

    /// <summary>Cuts a time to that for which its credential holds; never below zero.</summary>
    internal TimeSpan Cut(TimeSpan span, TimeProvider time)
    {
        if (Expires is not { } end)
        {
            return span;
        }

        TimeSpan left = end - time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < span ? left : span;
    }

    /// <summary>Whether it showed nothing that says who it is.</summary>
    public bool IsAnonymous => Kind == CallerKind.Anonymous;

    /// <summary>Whom idempotency keys belong to: a user, an API key, or all anonymous callers together (the empty text). A user and a key of the same name are two.</summary>
    internal string Publisher { get => field ??= User is not null ? $"user:{User}" : KeyName is not null ? $"key:{KeyName}" : ""; }

    /// <summary>Whose sessions it may go on with; empty for anonymous callers.</summary>
    internal string Subject => Publisher;

    private static DateTimeOffset? Time(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    /// <inheritdoc/>
    public override string ToString() => Publisher is { Length: > 0 } publisher ? publisher : "anonymous";
}
