using System.Security.Cryptography;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public sealed class AccessSettingTests
{
    private const string Hash = "ba9054b5f28b3401cccd41726f755be29bd34c743a28d4604318e084d9467930";

    [Theory]
    [InlineData("""{ "access": { "secrets": ["c2hvcnQ"] } }""", "access.secrets[0]: the secret is too short")]
    [InlineData("""{ "access": { "publicKeys": ["/nowhere/key.pem"] } }""", "cannot be read")]
    [InlineData("""{ "access": { "keySets": ["http://issuer.example/keys"] } }""", "is not one of https")]
    [InlineData("""{ "access": { "keySets": ["issuer.example"] } }""", "is no such address")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a" }] } }""", "access.apiKeys[0]: it has no hash")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a", "hash": "gk_x" }] } }""", "the key itself stands here, and not its hash")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a b", "hash": "HASH" }] } }""", "access.apiKeys[0].name: ")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a", "hash": "HASH", "grants": { "chat *": ["read"] } }] } }""", "is not a pattern of room names")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a", "hash": "HASH", "grants": { "chat:*": ["write"] } }] } }""", "is no right")]
    [InlineData("""{ "access": { "apiKeys": [{ "name": "a", "hash": "HASH", "grants": { "chat:*": "read" } }] } }""", "it takes a list")]
    [InlineData("""{ "listen": ["http://0.0.0.0:8080"] }""", "access is not configured")]
    public void What_cannot_hold_is_a_fault(string content, string expected) =>
        Assert.Contains(expected, Loading.Fault(content.Replace("HASH", Hash, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Keys_with_the_same_name_or_hash_are_faults()
    {
        IReadOnlyList<string> faults = Loading.Faults($$"""{ "access": { "apiKeys": [{ "name": "a", "hash": "{{Hash}}" }, { "name": "a", "hash": "{{Hash}}" }] } }""");

        Assert.Collection(
            faults,
            static fault => Assert.Contains("there is another key called", fault, StringComparison.Ordinal),
            static fault => Assert.Contains("the same key as one before it", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_private_key_is_refused_where_a_public_one_belongs()
    {
        using RSA key = RSA.Create(2048);
        using TemporaryFile file = Loading.File(key.ExportPkcs8PrivateKeyPem());

        Assert.Contains("holds a private key", Loading.Fault($$"""{ "access": { "publicKeys": ["{{file.Path}}"] } }"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_RSA_key_is_refused()
    {
        using RSA key = RSA.Create(1024);
        using TemporaryFile file = Loading.File(key.ExportSubjectPublicKeyInfoPem());

        Assert.Contains("holds no key that tokens can be verified with", Loading.Fault($$"""{ "access": { "publicKeys": ["{{file.Path}}"] } }"""), StringComparison.Ordinal);
    }

    [Fact]
    public void With_access_configured_other_machines_may_reach_it()
    {
        ServerSettings settings = Loading.Settings($$"""{ "listen": ["http://0.0.0.0:8080"], "access": { "apiKeys": [{ "name": "a", "hash": "{{Hash}}", "grants": { "chat:*": ["read", "publish"] } }] } }""");

        ApiKey key = Assert.Single(settings.Http.Access.ApiKeys);
        Assert.Equal("a", key.Name);
        Assert.Equal(Rights.Read | Rights.Publish, Assert.Single(key.Grants.Items).Rights);
    }

    [Fact]
    public void A_policy_gives_rights_to_everyone_and_to_users()
    {
        ServerSettings settings = Loading.Settings("""{ "policies": [{ "pattern": "user:{user}", "users": ["read", "history"] }, { "pattern": "news:*", "anonymous": ["read"] }] }""");

        Assert.Equal([Rights.Read | Rights.History, Rights.None, Rights.None], settings.Engine.Policies.Select(static policy => policy.Users));
        Assert.Equal([Rights.None, Rights.Read, Rights.None], settings.Engine.Policies.Select(static policy => policy.Anonymous));
    }
}
