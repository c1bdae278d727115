using System.Globalization;
using System.Net;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Access;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>A <see cref="BrokenServer"/> as <c>godwit verify</c> sees it.</summary>
/// <param name="mutation">How it is broken.</param>
/// <param name="store">Where its logs are; null for its memory.</param>
internal sealed class BrokenDeployment(Mutation mutation, RedisStore? store = null) : Deployment
{
    private readonly Relay _relay = new();
    private readonly TokenMaker _tokens = new();
    private readonly string _key = AspNetCore.ApiKey.Create();
    private readonly HttpClient _client = new();
    private BrokenServer? _server;

    public override string Name => mutation.Name;

    public override IReadOnlyList<Entrance> Entrances => [new Entrance(0, Mount, ProbeCarrier.Http1, _relay)];

    public override int Servers => 1;

    public override IReadOnlyList<KeyValuePair<string, string>> Headers => [new("Authorization", $"Bearer {_key}")];

    private Uri Mount => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_relay.Address.Port}/rt"));

    public override bool HasPresence => store is null;

    public override bool HasLatest => true;

    public override long? Retains(bool isShort) => isShort ? ServerConfiguration.ShortEntries : RoomPlan.Everything;

    public override string? Absence(FaultKind kind) => kind == FaultKind.Revoke ? null : base.Absence(kind);

    public override async Task StartAsync(CancellationToken cancel)
    {
        await (store?.StartAsync(cancel) ?? Task.CompletedTask);
        _server = await BrokenServer.StartAsync(mutation, _key, _tokens.Secret, store?.Arguments(0)[1], cancel);
        _relay.Target = new IPEndPoint(IPAddress.Loopback, _server.Mount.Port);
    }

    public override IReadOnlyList<KeyValuePair<string, string>> HeadersOf(string user)
    {
        System.Text.Json.Nodes.JsonObject claims = TokenMaker.Claims(user);
        claims["iat"] = (TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(2)).ToUnixTimeSeconds();
        return [new("Authorization", $"Bearer {_tokens.Hs256(claims)}")];
    }

    public override async Task RevokeAsync(string user, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_server!.Mount}/admin/revoke") { Content = new StringContent($$"""{"user":"{{user}}"}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_key}");
        using HttpResponseMessage answer = await _client.SendAsync(request, cancel);
        answer.EnsureSuccessStatusCode();
    }

    public override Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel) =>
        store is not null && step.Kind >= FaultKind.DiskFull ? store.CarryOutAsync(step, gone, cancel) : base.CarryOutAsync(step, gone, cancel);

    public override async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        _client.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
