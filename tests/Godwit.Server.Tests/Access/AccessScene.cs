using System.Text.Json.Nodes;
using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore;
using Godwit.Rooms;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Access;

/// <summary>A server whose access is configured, and every credential that somebody may show it.</summary>
public sealed class AccessScene : IAsyncLifetime
{
    internal const string Missing = "credential.missing";
    internal const string Malformed = "token.malformed";
    internal const string Signature = "token.signature";

    private readonly TokenMaker _tokens = new();
    private readonly string _key = ApiKey.Create();
    private RunningServer? _server;

    internal TokenMaker Tokens => _tokens;

    internal RunningServer Server => _server!;

    /// <summary>What callers show, and what they are refused with; null where they are let in.</summary>
    internal static readonly IReadOnlyDictionary<string, string?> Outcomes = new Dictionary<string, string?>
    {
        ["none"] = Missing,
        ["another scheme"] = Malformed,
        ["no token"] = Malformed,
        ["two tokens"] = Malformed,
        ["text"] = Malformed,
        ["a session token"] = Malformed,
        ["two parts"] = Malformed,
        ["claims that are no JSON"] = Malformed,
        ["no end"] = Malformed,
        ["an end that is text"] = Malformed,
        ["no user"] = Malformed,
        ["a user of two words"] = Malformed,
        ["a header with crit"] = Malformed,
        ["alg none"] = "token.algorithm",
        ["alg HS512"] = "token.algorithm",
        ["alg in other letters"] = "token.algorithm",
        ["a signature with padding"] = Malformed,
        ["one that ends in a year"] = "token.long",
        ["one that with the skew outlives the memory of revocations"] = "token.long",
        ["a user that was revoked"] = "token.revoked",
        ["a token that was revoked"] = "token.revoked",
        ["another secret"] = Signature,
        ["another RSA key"] = Signature,
        ["no signature"] = Signature,
        ["changed claims"] = Signature,
        ["HS256 by the RSA key's public half"] = Signature,
        ["HS256 by its PEM"] = Signature,
        ["ES256 by name, HS256 by signature"] = Signature,
        ["expired"] = "token.expired",
        ["not yet valid"] = "token.early",
        ["made in the time to come"] = "token.early",
        ["another issuer"] = "token.issuer",
        ["another audience"] = "token.audience",
        ["grants that are none"] = "token.grants",
        ["an unknown API key"] = "api_key.unknown",
        ["rights elsewhere"] = "access.denied",
        ["an API key with rights elsewhere"] = "access.denied",
        ["made after its user was revoked"] = null,
        ["HS256"] = null,
        ["RS256"] = null,
        ["ES256"] = null,
        ["one of several audiences"] = null,
        ["just expired, within the skew"] = null,
        ["an API key"] = null,
    };

    /// <summary>What is refused before a room is looked at: the same on every path.</summary>
    internal static IEnumerable<string> Bad => Outcomes.Where(static outcome => outcome.Value is not (null or "access.denied")).Select(static outcome => outcome.Key);

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(
            http: http =>
            {
                http.Access.Issuers.Add(TokenMaker.Issuer);
                http.Access.Audiences.Add(TokenMaker.Audience);
                http.Access.Secrets.Add(new SharedSecret(_tokens.Secret));
                http.Access.PublicKeys.Add(_tokens.Rsa.ExportSubjectPublicKeyInfoPem());
                http.Access.PublicKeys.Add(_tokens.Curve.ExportSubjectPublicKeyInfoPem());
                http.Access.ApiKeys.Add(new ApiKey("backend", ApiKey.HashOf(_key), new Grants([new Grant(RoomPattern.Parse("room:**"), Rights.All)])));
                http.Access.ApiKeys.Add(new ApiKey("jobs", ApiKey.HashOf(JobsKey), new Grants([new Grant(RoomPattern.Parse("jobs:**"), Rights.All)])));
            });
        Orders orders = ((GodwitEngine)_server.Services.GetService(typeof(GodwitEngine))!).Orders;
        await orders.GiveAsync(new Order(OrderKind.Revoke) { User = "rex", Before = TimeProvider.System.GetUtcNow() }, TestContext.Current.CancellationToken);
        await orders.GiveAsync(new Order(OrderKind.Revoke) { TokenId = "lost" }, TestContext.Current.CancellationToken);
    }

    internal string JobsKey { get; } = ApiKey.Create();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>A room, asked for with a credential.</summary>
    internal ProbeTarget Room(string credential) => Server.Room() with { Headers = Header(credential) is { } value ? [new("Authorization", value)] : [] };

    /// <summary>The token itself, for the places where no scheme stands before it; null for credentials that only a header can show.</summary>
    internal string? Token(string credential) => Header(credential) is { } value && value.StartsWith("Bearer ", StringComparison.Ordinal) && value.Length > 7 && !value[7..].Contains(' ') ? value[7..] : null;

    /// <summary>The value of <c>Authorization</c>; null for none.</summary>
    internal string? Header(string credential)
    {
        byte[] publicHalf = _tokens.Rsa.ExportSubjectPublicKeyInfo();
        return credential switch
        {
            "none" => null,
            "another scheme" => "Basic YWxpY2U6c2VjcmV0",
            "no token" => "Bearer ",
            "two tokens" => $"Bearer {_tokens.Hs256(TokenMaker.Claims())} {_tokens.Hs256(TokenMaker.Claims())}",
            "a session token" => "Bearer AVTs2bDzVYVQ5E9zHHuhJK9xsIJVMoYnZgGiCLJN7AGiDdiqVezZUW3ABR6lUhyxRY1xPGOeZcFb3KXZkkPSbWYGb3FR",
            _ => "Bearer " + credential switch
            {
                "text" => "letmein",
                "two parts" => string.Join('.', _tokens.Hs256(TokenMaker.Claims()).Split('.')[..2]),
                "claims that are no JSON" => "eyJhbGciOiJIUzI1NiJ9.e30x.c2ln",
                "no end" => _tokens.Hs256(TokenMaker.With("exp", null)),
                "an end that is text" => _tokens.Hs256(TokenMaker.With("exp", "tomorrow")),
                "no user" => _tokens.Hs256(TokenMaker.With("sub", null)),
                "a user of two words" => _tokens.Hs256(TokenMaker.With("sub", "alice smith")),
                "a header with crit" => TokenMaker.Sign("HS256", TokenMaker.Claims(), null, octets => System.Security.Cryptography.HMACSHA256.HashData(_tokens.Secret, octets), new JsonArray("http://example.com/UNDEFINED")),
                "made in the time to come" => _tokens.Hs256(TokenMaker.With("iat", (TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5)).ToUnixTimeSeconds())),
                "alg none" => TokenMaker.Sign("none", TokenMaker.Claims(), null, static _ => []),
                "alg HS512" => TokenMaker.Sign("HS512", TokenMaker.Claims(), null, octets => System.Security.Cryptography.HMACSHA512.HashData(_tokens.Secret, octets)),
                "alg in other letters" => TokenMaker.Sign("hs256", TokenMaker.Claims(), null, octets => System.Security.Cryptography.HMACSHA256.HashData(_tokens.Secret, octets)),
                "a signature with padding" => _tokens.Hs256(TokenMaker.Claims()) + "=",
                "one that ends in a year" => _tokens.Hs256(TokenMaker.Claims("alice", TimeSpan.FromDays(365))),
                "one that with the skew outlives the memory of revocations" => _tokens.Hs256(TokenMaker.Claims("alice", TimeSpan.FromDays(30) - TimeSpan.FromSeconds(30))),
                "a user that was revoked" => _tokens.Hs256(TokenMaker.Claims("rex")),
                "a token that was revoked" => _tokens.Hs256(TokenMaker.With("jti", "lost")),
                "made after its user was revoked" => _tokens.Hs256(Later()),
                "another secret" => _tokens.Hs256(TokenMaker.Claims(), _tokens.OtherSecret),
                "another RSA key" => _tokens.Rs256(TokenMaker.Claims(), System.Security.Cryptography.RSA.Create(2048)),
                "no signature" => TokenMaker.Sign("HS256", TokenMaker.Claims(), null, static _ => []),
                "changed claims" => Changed(),
                "HS256 by the RSA key's public half" => _tokens.Hs256(TokenMaker.Claims(), publicHalf),
                "HS256 by its PEM" => _tokens.Hs256(TokenMaker.Claims(), System.Text.Encoding.ASCII.GetBytes(_tokens.Rsa.ExportSubjectPublicKeyInfoPem())),
                "ES256 by name, HS256 by signature" => TokenMaker.Sign("ES256", TokenMaker.Claims(), null, octets => System.Security.Cryptography.HMACSHA256.HashData(_tokens.Secret, octets)),
                "expired" => _tokens.Hs256(TokenMaker.Claims("alice", TimeSpan.FromMinutes(-2))),
                "not yet valid" => _tokens.Hs256(TokenMaker.With("nbf", (TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5)).ToUnixTimeSeconds())),
                "another issuer" => _tokens.Hs256(TokenMaker.With("iss", "https://other.example")),
                "another audience" => _tokens.Hs256(TokenMaker.With("aud", "billing")),
                "grants that are none" => _tokens.Hs256(TokenMaker.With("godwit", new JsonObject { ["room:**"] = "read" })),
                "an unknown API key" => ApiKey.Create(),
                "rights elsewhere" => _tokens.Hs256(TokenMaker.With("godwit", new JsonObject { ["other:*"] = new JsonArray("read", "publish", "history") })),
                "an API key with rights elsewhere" => JobsKey,
                "HS256" => _tokens.Hs256(TokenMaker.Claims()),
                "RS256" => _tokens.Rs256(TokenMaker.Claims()),
                "ES256" => _tokens.Es256(TokenMaker.Claims()),
                "one of several audiences" => _tokens.Hs256(TokenMaker.With("aud", new JsonArray("billing", TokenMaker.Audience))),
                "just expired, within the skew" => _tokens.Hs256(TokenMaker.Claims("alice", TimeSpan.FromSeconds(-20))),
                "an API key" => _key,
                _ => throw new ArgumentOutOfRangeException(nameof(credential), credential, null),
            },
        };

        static JsonObject Later()
        {
            JsonObject claims = TokenMaker.Claims("rex");
            claims["iat"] = (TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2)).ToUnixTimeSeconds();
            return claims;
        }

        string Changed()
        {
            string[] parts = _tokens.Hs256(TokenMaker.Claims()).Split('.');
            string[] others = _tokens.Hs256(TokenMaker.Claims("mallory")).Split('.');
            return $"{parts[0]}.{others[1]}.{parts[2]}";
        }
    }
}
