using System.Net;

namespace Godwit.Access;

/// <summary>Makes callers of credentials.</summary>
internal interface ICredentials
{
    /// <summary>Whether anything is asked of anybody. Where not, nobody looks at credentials.</summary>
    bool AreChecked { get; }

    /// <summary>Whether there is anything that callers may do who show no credential.</summary>
    bool TakesAnonymous { get; }

    /// <summary>Checks a credential.</summary>
    /// <returns>The caller, or why it is refused. A ticket that was taken is used up.</returns>
    /// <exception cref="Brokers.BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel);
}

/// <summary>The kinds of credentials that callers present as text.</summary>
internal enum CredentialKind
{
    /// <summary>A JWT or an API key.</summary>
    Token,

    /// <summary>A ticket.</summary>
    Ticket,

    /// <summary>The signature of a link.</summary>
    Link,
}

/// <summary>A credential as it was presented.</summary>
/// <param name="Kind">What it is said to be.</param>
/// <param name="Text">The credential. Never to be logged or repeated.</param>
internal readonly record struct PresentedCredential(CredentialKind Kind, string Text)
{
    /// <summary>The most characters of a credential.</summary>
    public const int MaxLength = 8 << 10;

    /// <summary>The origin of the page that presents it; null where it is none.</summary>
    public string? Origin { get; init; }

    /// <summary>The room that is asked for, with a link.</summary>
    public Protocol.RoomName Room { get; init; }

    /// <summary>Where it is presented from; null where that is not known.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>What it is, without the credential.</summary>
    public override string ToString() => Kind.ToString();
}

/// <summary>What became of a credential.</summary>
/// <param name="Caller">Who it is; null where it is refused.</param>
/// <param name="Refusal">Why, then.</param>
internal readonly record struct Identification(Caller? Caller, AccessRefusal Refusal)
{
    /// <summary>The credential is good.</summary>
    public static implicit operator Identification(Caller caller) => new(caller, default);

    /// <summary>The credential is refused.</summary>
    public static implicit operator Identification(AccessRefusal refusal) => new(null, refusal);
}
