using System.Buffers;
using System.Text.Json;
using Godwit.Access;
using Godwit.Access.Tickets;
using Godwit.Protocol;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Base64Url = System.Buffers.Text.Base64Url;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>Makes callers of tokens: JWTs (RFC 7519) that are signed by HS256, RS256 or ES256 and end.</summary>
/// <remarks>The checks, in this order, each with a code of its own: form, algorithm, signature, end, beginning, issuer, audience, grants.</remarks>
internal sealed class TokenReader
{
    /// <summary>The most characters of a subject.</summary>
    public const int MaxSubject = TicketTerms.MaxUser;

    private const string Form = "It is no signed JWT: three parts of base64url, the first two of them JSON objects.";

    /// <summary>A second in the year 9999, before which clocks may be off.</summary>
    public const double MostSeconds = 253_370_764_800;

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private readonly AccessOptions _options;
    private readonly TimeSpan _mostLife;
    private readonly TimeProvider _time;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = PresentedCredential.MaxLength };
    private readonly KeySets _keys;
    private readonly TokenCache _cache;
    private readonly KnownGrants _grants = new();

    /// <summary>Makes a reader by the settings.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="mostLife">How far off the end of a token may be.</param>
    /// <param name="time">The clock.</param>
    public TokenReader(AccessOptions options, KeySets keys, TimeSpan mostLife, TimeProvider time)
    {
        _mostLife = mostLife;
        _options = options;
        _keys = keys;
        _time = time;
        _cache = new TokenCache(time);
    }

    /// <summary>Checks a token.</summary>
    public ValueTask<Identification> IdentifyAsync(string text, CancellationToken cancel) =>
        _cache.Find(text, _keys.Version) is { } caller && Lives(caller) ? new(caller) : CheckAsync(text, cancel);

    private bool Lives(Caller caller) => caller.Expires is not { } end || _time.GetUtcNow() < end;

    private async ValueTask<Identification> CheckAsync(string text, CancellationToken cancel)
    {
        // The library passes over padding, which base64url has none of here (RFC 7515, section 2).
        if (text.AsSpan().ContainsAnyExcept(Letters))
        {
            return Malformed(Form);
        }

        JsonWebToken token;
        JsonElement claims;
        try
        {
            // The library reads the claims that it knows into types of its own, some of them late; here they are looked at as they stand.
            token = _handler.ReadJsonWebToken(text);
            using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
            claims = payload.RootElement.Clone();
            using JsonDocument header = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedHeader));
            if (header.RootElement.TryGetProperty("crit", out _))
            {
                // The library does not look at it.
                return Malformed("Its header has 'crit', and this server knows no extension that it could name (RFC 7515, section 4.1.11).");
            }
        }
        catch (Exception wrong) when (wrong is SecurityTokenException or ArgumentException or FormatException or JsonException)
        {
            return Malformed(Form);
        }

        if (claims.ValueKind != JsonValueKind.Object)
        {
            return Malformed(Form);
        }

        if (string.IsNullOrEmpty(token.Alg) || !_keys.Keys.Takes(token.Alg))
        {
            // An issuer may have begun to sign in another way.
            if (string.IsNullOrEmpty(token.Alg) || !await _keys.TryRefreshAsync(cancel).ConfigureAwait(false) || !_keys.Keys.Takes(token.Alg))
            {
                return new AccessRefusal(ErrorCode.TokenAlgorithm, "The token is not signed by an algorithm that this server has a key for; it knows HS256, RS256 and ES256.");
            }
        }

        // The version is that of the keys that it is verified with: they may change meanwhile, and it is not to be remembered as verified with those.
        (TokenKeys known, long version) = _keys.Current;
        if (!await IsSignedAsync(token, known).ConfigureAwait(false))
        {
            bool isRefreshed = _keys.MayHaveMore(token.Kid) && await _keys.TryRefreshAsync(cancel).ConfigureAwait(false);
            (known, version) = _keys.Current;
            if (!isRefreshed || !await IsSignedAsync(token, known).ConfigureAwait(false))
            {
                return new AccessRefusal(ErrorCode.TokenSignature, "The token is not signed by a key of this server.");
            }
        }

        Identification identified = ReadClaims(token, claims);
        if (identified.Caller is { } caller)
        {
            _cache.Add(text, version, caller);
        }

        return identified;
    }

    private async Task<bool> IsSignedAsync(JsonWebToken token, TokenKeys known)
    {
        List<SecurityKey> keys = known.For(token.Alg, token.Kid);
        if (keys.Count == 0)
        {
            return false;
        }

        // The library checks the signature; all else is checked here, by our own clock and with codes of our own.
        TokenValidationResult result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = [token.Alg],
            RequireSignedTokens = true,
            RequireExpirationTime = false,
            ValidateLifetime = false,
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateIssuerSigningKey = false,
        }).ConfigureAwait(false);
        return result.IsValid;
    }

    private Identification ReadClaims(JsonWebToken token, JsonElement claims)
    {
        if (!TryReadTime(claims, "exp", out DateTimeOffset? expires) || expires is not { } end)
        {
            return Malformed("It has no 'exp', the second in which it ends (RFC 7519, section 4.1.4).");
        }

        if (!TryReadTime(claims, "nbf", out DateTimeOffset? begins) || !TryReadTime(claims, "iat", out DateTimeOffset? issued))
        {
            return Malformed("'nbf' and 'iat' are numbers of seconds.");
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (now >= end + _options.ClockSkew)
        {
            return new AccessRefusal(ErrorCode.TokenExpired, "Get a new token.");
        }

        // As long as it is taken, that is: the skew is on top of its end.
        if (end + _options.ClockSkew - now > _mostLife)
        {
            return new AccessRefusal(ErrorCode.TokenLong, $"With the clocks' skew it holds for more than {_mostLife.TotalHours:0} hours from now, and revocations are not remembered for longer (access.revocationLife).");
        }

        if (begins is { } start && now < start - _options.ClockSkew)
        {
            return new AccessRefusal(ErrorCode.TokenEarly, "It begins to hold later; look at the clocks of issuer and server.");
        }

        if (issued is { } made && now < made - _options.ClockSkew)
        {
            // A revocation compares with it, and would miss the token until then.
            return new AccessRefusal(ErrorCode.TokenEarly, "Its 'iat' is still to come; look at the clocks of issuer and server.");
        }

        if (_options.Issuers.Count > 0 && !_options.Issuers.Contains(token.Issuer))
        {
            return new AccessRefusal(ErrorCode.TokenIssuer, "Its 'iss' is none of those that this server takes tokens from.");
        }

        if (_options.Audiences.Count > 0 && !token.Audiences.Any(_options.Audiences.Contains))
        {
            return new AccessRefusal(ErrorCode.TokenAudience, "Its 'aud' names none of the audiences that this server is.");
        }

        if (!TryReadText(claims, "sub", out string? subject) || string.IsNullOrEmpty(subject) || subject.Length > MaxSubject || subject.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return Malformed($"Its 'sub', the user, is 1 to {MaxSubject} visible ASCII characters.");
        }

        if (!TryReadText(claims, "jti", out string? id) || id is { Length: 0 or > MaxSubject })
        {
            return Malformed($"Its 'jti' is 1 to {MaxSubject} characters.");
        }

        Grants grants = Grants.None;
        if (claims.TryGetProperty("godwit", out JsonElement claim) && !_grants.TryRead(claim, out grants!, out string? wrong))
        {
            return new AccessRefusal(ErrorCode.TokenGrants, $"Its claim 'godwit' is not right. {wrong}");
        }

        return new Caller
        {
            Kind = CallerKind.Token,
            User = subject,
            Grants = grants,
            Expires = end + _options.ClockSkew,
            Issued = issued,
            TokenId = id,
        };
    }

    private static bool TryReadText(JsonElement claims, string name, out string? text)
    {
        text = null;
        if (!claims.TryGetProperty(name, out JsonElement value))
        {
            return true;
        }

        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }

    /// <summary>Reads a NumericDate (RFC 7519, section 2).</summary>
    private static bool TryReadTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(name, out JsonElement value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double seconds) || seconds is not (>= 0 and <= MostSeconds))
        {
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Floor(seconds * 1000));
        return true;
    }

    private static AccessRefusal Malformed(string detail) => new(ErrorCode.TokenMalformed, detail);
}
