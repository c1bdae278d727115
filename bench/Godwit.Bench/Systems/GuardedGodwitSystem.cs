using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>Godwit with access configured: each reader shows a token of a user of its own, the publisher an API key.</summary>
internal sealed class GuardedGodwitSystem : GodwitSystem
{
    private static readonly byte[] s_secret = RandomNumberGenerator.GetBytes(32);
    private static readonly string s_key = "gk_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public GuardedGodwitSystem(string name, GodwitBuild build)
        : base(name, build)
    {
        MeasuredOn = [Transport.WebSocket];
        Remark = "the same, each reader with a token of its own user, the publisher with an API key";
    }

    public override PublishForm Publishing { get; } = new(BenchPath, $"Bearer {s_key}");

    public override PublishForm? Batching => null;

    public override ProcessStartInfo Command(Repository repository, int port, int securePort)
    {
        string file = repository.Output("guarded.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            access = new
            {
                secrets = new[] { Convert.ToBase64String(s_secret) },
                apiKeys = new[] { new { name = "bench", hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(s_key))), grants = new Dictionary<string, string[]> { ["**"] = ["read", "publish"] } } },
            },

            // All readers come from one address, which is what a stranger with thousands of connections looks like.
            limits = new { attempts = "off", connections = "off" },
        }));
        ProcessStartInfo command = base.Command(repository, port, securePort);
        command.ArgumentList.Add("--config");
        command.ArgumentList.Add(file);
        return command;
    }

    protected override string ReaderFields(int index)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string signed = Text("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + Text($"{{\"sub\":\"user-{index}\",\"iat\":{now},\"exp\":{now + 3600},\"godwit\":{{\"{Room}\":[\"read\"]}}}}");
        string signature = Base64Url.EncodeToString(HMACSHA256.HashData(s_secret, Encoding.ASCII.GetBytes(signed)));
        return $"Authorization: Bearer {signed}.{signature}\r\n";
    }

    private static string Text(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
