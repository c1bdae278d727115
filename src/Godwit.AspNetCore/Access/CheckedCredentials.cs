using Godwit.Access;
using Godwit.Access.Links;
using Godwit.Access.Tickets;
using Godwit.Administration;
using Godwit.AspNetCore.Access.ApiKeys;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Access;

/// <summary>Makes callers of the credentials that the settings provide for.</summary>
internal sealed class CheckedCredentials : ICredentials
{
    private readonly AccessOptions _access;
    private readonly ApiKeyRing _apiKeys;
    private readonly TokenReader _tokens;
    private readonly Tickets _tickets;
    private readonly SignedLinks _links;
    private readonly Revocations _revocations;

    /// <summary>Makes it by the settings.</summary>
    public CheckedCredentials(IOptions<GodwitHttpOptions> options, RoomPolicies policies, KeySets keys, Tickets tickets, SignedLinks links, Orders orders, TimeProvider time)
    {
        _revocations = orders.Revocations;
        _access = options.Value.Access;
        _tickets = tickets;
        _links = links;
        _apiKeys = new ApiKeyRing(_access.ApiKeys);
        _tokens = new TokenReader(_access, keys, orders.RevocationLife, time);
        AreChecked = _access.TakesCredentials || policies.GiveRights;
        TakesAnonymous = options.Value.Anonymous == AnonymousAccess.Everyone || policies.GiveAnonymousRights;
    }

    /// <inheritdoc/>
    public bool AreChecked { get; }

    /// <inheritdoc/>
    public bool TakesAnonymous { get; }

    /// <inheritdoc/>
    public ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel)
    {
        ValueTask<Identification> identifying = Identify(presented, cancel);
        return identifying.IsCompletedSuccessfully ? new(_revocations.Check(identifying.Result)) : CheckAsync(identifying);
    }

    private async ValueTask<Identification> CheckAsync(ValueTask<Identification> identifying) => _revocations.Check(await identifying.ConfigureAwait(false));

    private ValueTask<Identification> Identify(PresentedCredential presented, CancellationToken cancel) => presented.Kind switch
    {
        CredentialKind.Token when presented.Text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) => new(_apiKeys.Identify(presented.Text)),
        CredentialKind.Token when presented.Text.Length > PresentedCredential.MaxLength => Refuse(ErrorCode.TokenMalformed, $"A token has up to {PresentedCredential.MaxLength} characters."),
        CredentialKind.Token when !_access.TakesTokens => Refuse(ErrorCode.TokenMalformed, "This server takes no tokens: it has no key to verify them with."),
        CredentialKind.Token => _tokens.IdentifyAsync(presented.Text, cancel),
        CredentialKind.Ticket => _tickets.TakeAsync(presented, cancel),
        _ => _links.ReadAsync(presented, cancel),
    };

    private static ValueTask<Identification> Refuse(ErrorCode code, string detail) => new(new AccessRefusal(code, detail));
}
