using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Declares the settings of access: which credentials are taken.</summary>
internal static class AccessSettings
{
    public const string Secrets = "access.secrets";
    public const string ApiKeys = "access.apiKeys";
    public const string KeyName = "name";

    /// <summary>The settings of an API key.</summary>
    public static readonly SettingTable<ApiKeyScope> ApiKey = new(
        new Dictionary<string, string>(),
        [
            new ValueSetting<ApiKeyScope, string>(
                KeyName,
                new NameForm("what logs call the key, and what its idempotency keys belong to", 64, "_.-"),
                "The key's name, another one for each key.",
                key => key.Name,
                (key, value) => key.Name = value) { Required = true },
            new ValueSetting<ApiKeyScope, byte[]>(
                "hash",
                new KeyHashForm(),
                "What the key is known by. The key itself is nowhere but with the backend.",
                key => key.Hash,
                (key, value) => key.Hash = value) { Required = true },
            new ValueSetting<ApiKeyScope, Grants>(
                "grants",
                new GrantsForm(),
                "What the key may do, in which rooms.",
                key => key.Grants,
                (key, value) => key.Grants = value),
            new ValueSetting<ApiKeyScope, bool>(
                "admin",
                new SwitchForm(),
                "Whether the key may administrate.",
                key => key.IsAdmin,
                (key, value) => key.IsAdmin = value),
        ]);

    /// <summary>The settings.</summary>
    public static IEnumerable<Setting<ServerSettings>> All =>
    [
        new ListSetting<ServerSettings, string>(
            "access.issuers",
            new NameForm("the 'iss' of tokens", 500),
            "Who makes tokens. A token of anybody else is refused; without the setting 'iss' is not looked at.",
            server => server.Issuers,
            (server, value) => server.Issuers = [.. value.Select(issuer => issuer.Value)]) { Least = 0, Most = 10 },
        new ListSetting<ServerSettings, string>(
            "access.audiences",
            new NameForm("an 'aud' of tokens", 500),
            "Whom tokens are for. A token for anybody else is refused; without the setting 'aud' is not looked at. Set it where the issuer makes tokens for other services as well.",
            server => server.Audiences,
            (server, value) => server.Audiences = [.. value.Select(audience => audience.Value)]) { Least = 0, Most = 10 },
        new ListSetting<ServerSettings, ConfiguredSecret>(
            Secrets,
            new SecretForm(),
            "The secrets that tokens are signed with by HS256. All of them are taken: to change one, add the new one, have tokens signed with it, and take the old one away when its last token has ended.",
            server => [.. server.TokenSecrets.Select(secret => secret.Value)],
            (server, value) => server.TokenSecrets = value) { Least = 0, Most = 10 },
        new ListSetting<ServerSettings, PublicKeyFile>(
            "access.publicKeys",
            new PublicKeyForm(),
            "The public keys of tokens signed by RS256 or ES256. All of them are taken.",
            server => [.. server.PublicKeys.Select(key => key.Value)],
            (server, value) => server.PublicKeys = value) { Least = 0, Most = 10 },
        new ListSetting<ServerSettings, Uri>(
            "access.keySets",
            new KeySetForm(),
            "Where issuers publish their public keys (JWKS). Asked at the start, every 10 minutes, and when a token names a key that is not known. One that cannot be had ends the start; later the last good one is kept.",
            server => server.KeySets,
            (server, value) => server.KeySets = [.. value.Select(address => address.Value)]) { Least = 0, Most = 10 },
        new ValueSetting<ServerSettings, TimeSpan>(
            "access.clockSkew",
            new DurationForm(AccessOptions.ClockSkewRange),
            "How far the clocks of issuers may be off.",
            server => server.Http.Access.ClockSkew,
            (server, value) => server.Http.Access.ClockSkew = value),
        new ValueSetting<ServerSettings, TimeSpan>(
            "access.grace",
            new DurationForm(SettingRanges.CredentialGrace),
            "How long a connection outlives its token, so that the client can send a new one over it.",
            server => server.Engine.CredentialGrace,
            (server, value) => server.Engine.CredentialGrace = value),
        new ValueSetting<ServerSettings, TimeSpan>(
            "access.revocationLife",
            new DurationForm(SettingRanges.RevocationLife),
            "How long a revocation is remembered, and so the longest that a token may still hold: those that end later are refused.",
            server => server.Engine.RevocationLife,
            (server, value) => server.Engine.RevocationLife = value),
        new SectionListSetting<ServerSettings, ApiKeyScope>(
            ApiKeys,
            ApiKey,
            "The API keys of backends, which godwit key makes. Several at once, so that they can be rotated.",
            server => server.ReadApiKeys().Select(key => key.Value),
            (server, value) => server.ApiKeys = value),
    ];

    /// <summary>Checks what depends on more than one value.</summary>
    public static void Check(ServerSettings server, List<Fault> faults)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        foreach ((ApiKeyScope key, string source, string path) in server.ReadApiKeys())
        {
            if (key.Name.Length > 0 && !names.Add(key.Name))
            {
                faults.Add(new Fault(source, $"{path}.{KeyName}", $"there is another key called {Fault.Quote(key.Name)}", "give each key a name of its own"));
            }

            if (key.Hash.Length > 0 && !hashes.Add(Convert.ToHexString(key.Hash)))
            {
                faults.Add(new Fault(source, $"{path}.hash", "it is the same key as one before it", "leave one"));
            }
        }
    }
}

/// <summary>An API key while it is read.</summary>
internal sealed class ApiKeyScope
{
    public string Name { get; set; } = "";

    public byte[] Hash { get; set; } = [];

    public Grants Grants { get; set; } = Grants.None;

    public bool IsAdmin { get; set; }

    /// <summary>The finished key.</summary>
    public ApiKey Finish() => new(Name, Hash, Grants) { IsAdmin = IsAdmin };
}
