using Godwit.Access;
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

    /// <summary>Makes it by the settings.</summary>
    public CheckedCredentials(IOptions<GodwitHttpOptions> options, RoomPolicies policies, KeySets keys, TimeProvider time)
    {
        _access = options.Value.Access;
        _apiKeys = new ApiKeyRing(_access.ApiKeys);
        _tokens = new TokenReader(_access, keys, time);
        AreChecked = _access.TakesCredentials || policies.GiveRights;
        TakesAnonymous = options.Value.Anonymous == AnonymousAccess.Everyone || policies.GiveAnonymousRights;
    }

    /// <inheritdoc/>
    public bool AreChecked { get; }

    /// <inheritdoc/>
    public bool TakesAnonymous { get; }

    /// <inheritdoc/>
    public ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel) => presented.Kind switch
    {
        CredentialKind.Token when presented.Text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) => new(_apiKeys.Identify(presented.Text)),
        CredentialKind.Token when presented.Text.Length > PresentedCredential.MaxLength => Refuse(ErrorCode.TokenMalformed, $"A token has up to {PresentedCredential.MaxLength} characters."),
        CredentialKind.Token when !_access.TakesTokens => Refuse(ErrorCode.TokenMalformed, "This server takes no tokens: it has no key to verify them with."),
        CredentialKind.Token => _tokens.IdentifyAsync(presented.Text, cancel),
        _ => Refuse(ErrorCode.TokenMalformed, "This server takes tokens and API keys."),
    };

    private static ValueTask<Identification> Refuse(ErrorCode code, string detail) => new(new AccessRefusal(code, detail));
}
