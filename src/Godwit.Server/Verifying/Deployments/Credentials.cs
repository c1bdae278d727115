using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.AspNetCore;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>The credentials of the servers that are started: a key for the backend, and a secret that signs the tokens of users.</summary>
internal sealed class Credentials
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>The API key of who publishes and administrates.</summary>
    public string Key { get; } = ApiKey.Create();

    /// <summary>What a backend sends.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Backend => Bearer(Key);

    /// <summary>The secret as configurations have it.</summary>
    public string Secret => Convert.ToBase64String(_secret);

    /// <summary>What a user sends. The token was made an hour ago and holds for twelve, so that clocks may be set to other times meanwhile.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> User(string user)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string signed = Part("""{"alg":"HS256","typ":"JWT"}""") + "." + Part($$"""{"sub":"{{user}}","iat":{{now - 3600}},"exp":{{now + (12 * 3600)}},"jti":"{{Guid.NewGuid():N}}"}""");
        return Bearer(signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_secret, Encoding.ASCII.GetBytes(signed))));
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Bearer(string text) => [new("Authorization", $"Bearer {text}")];

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
