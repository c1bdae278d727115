using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Rooms;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Access;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Administration;

/// <summary>A server with users, and a backend that administrates it.</summary>
internal sealed class AdminScene : IAsyncDisposable
{
    private readonly TokenMaker _tokens = new();
    private readonly HttpClient _client = new();

    private AdminScene()
    {
    }

    public RunningServer Server { get; private set; } = null!;

    /// <summary>The API key that has <c>admin</c>.</summary>
    public string Admin { get; } = ApiKey.Create();

    /// <summary>One that has every right in every room, and not that.</summary>
    public string Backend { get; } = ApiKey.Create();

    /// <summary>Starts a server; with Redis two, of which the second is <see cref="RunningServer.Twin"/>.</summary>
    /// <param name="redis">Where Redis is; null for the broker that all tests run on.</param>
    /// <param name="engine">More settings.</param>
    public static async Task<AdminScene> StartAsync(string? redis = null, Action<GodwitOptions>? engine = null)
    {
        var scene = new AdminScene();
        scene.Server = await RunningServer.StartAsync(engine: engine, redis: redis, withTwin: redis is not null, http: http =>
        {
            http.Access.Secrets.Add(new SharedSecret(scene._tokens.Secret));
            http.Access.ApiKeys.Add(new ApiKey("admin", ApiKey.HashOf(scene.Admin), Grants.None) { IsAdmin = true });
            http.Access.ApiKeys.Add(new ApiKey("backend", ApiKey.HashOf(scene.Backend), Grants.Everything));
        });
        return scene;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Server.DisposeAsync();
    }

    /// <summary>A user's token.</summary>
    public string Token(string user, string? id = null, DateTimeOffset? issued = null)
    {
        JsonObject claims = TokenMaker.Claims(user);
        claims["jti"] = id ?? Guid.NewGuid().ToString("N");
        claims["iat"] = (issued ?? TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(1)).ToUnixTimeMilliseconds() / 1000.0;
        return _tokens.Hs256(claims);
    }

    /// <summary>A room as somebody reads it.</summary>
    public ProbeTarget Room(string credential, string? room = null)
    {
        ProbeTarget target = Server.Room() with { Headers = [new("Authorization", $"Bearer {credential}")] };
        return room is null ? target : target with { Room = room };
    }

    /// <summary>Publishes as the backend does.</summary>
    public Task<PublishOutcome> PublishAsync(string room, string json) => Reading.PublishAsync(Room(Backend, room), json, keepsHeaders: true);

    /// <summary>Asks for something under the mount.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpMethod method, string path, string? body = null, string? credential = null, RunningServer? at = null)
    {
        using var request = new HttpRequestMessage(method, new Uri((at ?? Server).Root, $"rt/{path}"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {credential ?? Admin}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Gives an order, which must be taken.</summary>
    public async Task<JsonElement> OrderAsync(string order, string body)
    {
        (HttpStatusCode status, JsonElement answer) = await AskAsync(HttpMethod.Post, $"admin/{order}", body);
        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        return answer;
    }

    /// <summary>The code of a refusal.</summary>
    public static string? Code(JsonElement answer) => answer.TryGetProperty("code", out JsonElement code) ? code.GetString() : null;
}
