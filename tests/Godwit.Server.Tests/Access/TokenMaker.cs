using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Server.Tests.Access;

/// <summary>Makes tokens, right ones and wrong ones, without the library that reads them.</summary>
internal sealed class TokenMaker
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "godwit";

    public byte[] Secret { get; } = RandomNumberGenerator.GetBytes(32);

    public byte[] OtherSecret { get; } = RandomNumberGenerator.GetBytes(32);

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Curve { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The claims of a user who may read and publish in every room whose name begins with <c>room:</c>.</summary>
    public static JsonObject Claims(string user = "alice", TimeSpan? life = null) => new()
    {
        ["sub"] = user,
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["exp"] = (TimeProvider.System.GetUtcNow() + (life ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
        ["godwit"] = new JsonObject { ["room:**"] = new JsonArray("read", "publish", "history") },
    };

    /// <summary>Claims with one in place of another.</summary>
    public static JsonObject With(string name, JsonNode? value)
    {
        JsonObject claims = Claims();
        claims.Remove(name);
        if (value is not null)
        {
            claims[name] = value;
        }

        return claims;
    }

    public string Hs256(JsonObject claims, byte[]? secret = null, string? kid = null) =>
        Sign("HS256", claims, kid, octets => HMACSHA256.HashData(secret ?? Secret, octets));

    public string Rs256(JsonObject claims, RSA? key = null, string? kid = null) =>
        Sign("RS256", claims, kid, octets => (key ?? Rsa).SignData(octets, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public string Es256(JsonObject claims, ECDsa? key = null, string? kid = null) =>
        Sign("ES256", claims, kid, octets => (key ?? Curve).SignData(octets, HashAlgorithmName.SHA256));

    /// <summary>A token with any <c>alg</c> and any signature.</summary>
    public static string Sign(string algorithm, JsonObject claims, string? kid, Func<byte[], byte[]> sign, JsonNode? critical = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        if (critical is not null)
        {
            header["crit"] = critical;
        }

        string start = $"{Encode(header)}.{Encode(claims)}";
        return $"{start}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(start)))}";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
