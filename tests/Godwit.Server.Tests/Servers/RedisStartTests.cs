using System.Net;
using Godwit.Redis.Servers;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Servers;

/// <summary>What the program does about a Redis that is not there, or not as it has to be: it ends with one message, or waits if it is told to.</summary>
public sealed class RedisStartTests
{
    private const string Password = "a-very-secret-word";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_does_not_answer_ends_the_start_with_one_message()
    {
        string address = $"127.0.0.1:{RedisServer.FreePort()}";

        string message = await RefusedAsync(address);

        Assert.Contains(address, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_and_a_missing_one_end_the_start_and_are_shown_nowhere()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--requirepass", Password);

        string missing = await RefusedAsync(redis.Address);
        string wrong = await RefusedAsync(redis.Address, ("GODWIT_redis__password", "another-word"));

        Assert.Contains("asks for a password", missing, StringComparison.Ordinal);
        Assert.Contains("refuses the password", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("another-word", wrong, StringComparison.Ordinal);
        await using GodwitProcess server = await ServerProcesses.ServeAsync(redis.Address, ("GODWIT_redis__password", Password), ("GODWIT_verbose", "true"));
        Assert.DoesNotContain(Password, server.Output + server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_eviction_policy_that_drops_keys_ends_the_start_and_the_message_says_what_to_set()
    {
        await using RedisServer redis = await RedisServer.StartAsync("--maxmemory-policy", "allkeys-lru");

        string message = await RefusedAsync(redis.Address);

        Assert.Contains("allkeys-lru", message, StringComparison.Ordinal);
        Assert.Contains("maxmemory-policy noeviction", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_is_given_as_a_single_server_ends_the_start_and_so_does_the_reverse()
    {
        await using RedisServer single = await RedisServer.StartAsync();
        await using RedisCluster cluster = await RedisCluster.StartAsync();

        Assert.Contains("is a node of a cluster", await RefusedAsync(cluster.Nodes[0].Address), StringComparison.Ordinal);
        Assert.Contains("is no node of a cluster", await RefusedAsync(single.Address, ("GODWIT_redis__topology", "cluster")), StringComparison.Ordinal);
        await using GodwitProcess server = await ServerProcesses.ServeAsync(cluster.Nodes[1].Address, ("GODWIT_redis__topology", "cluster"));
    }

    [Fact]
    public async Task A_service_that_no_Sentinel_knows_ends_the_start()
    {
        await using RedisSentinels sentinels = await RedisSentinels.StartAsync();

        string message = await RefusedAsync(sentinels.Sentinels[0].Address, ("GODWIT_redis__topology", "sentinel"), ("GODWIT_redis__service", "nobody"));

        Assert.Contains("nobody", message, StringComparison.Ordinal);
        await using GodwitProcess server = await ServerProcesses.ServeAsync(sentinels.Sentinels[0].Address, ("GODWIT_redis__topology", "sentinel"), ("GODWIT_redis__service", RedisSentinels.Service));
    }

    [Fact]
    public async Task A_server_that_is_told_to_wait_for_Redis_is_alive_and_not_ready_until_it_answers()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0", "--redis", redis.Address, "--wait-broker"]);
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(server.Addresses[0], "/healthz"), Cancel)).StatusCode);
        HttpResponseMessage answer = await http.GetAsync(new Uri(server.Addresses[0], "/readyz"), Cancel);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"starting"}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
        using var body = new StringContent("1", System.Text.Encoding.UTF8, "application/json");
        Assert.Contains("store.away", await (await http.PostAsync(new Uri(server.Addresses[0], "/rt/rooms/a"), body, Cancel)).Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        await redis.StartAgainAsync();
        await ServerProcesses.UntilAsync(async () => (await http.GetAsync(new Uri(server.Addresses[0], "/readyz"), Cancel)).IsSuccessStatusCode, "the server is ready");
        using var again = new StringContent("1", System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Created, (await http.PostAsync(new Uri(server.Addresses[0], "/rt/rooms/a"), again, Cancel)).StatusCode);
    }

    // It ends with 1 and says one thing.
    private static async Task<string> RefusedAsync(string redis, params (string Name, string Value)[] variables)
    {
        (int code, string output, string errors) = await GodwitProcess.RunAsync(
            ["serve", "--listen", "http://127.0.0.1:0", "--redis", redis],
            variables.ToDictionary(static variable => variable.Name, static variable => variable.Value));
        Assert.Equal((1, ""), (code, output));
        string message = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("godwit: ", message, StringComparison.Ordinal);
        return message;
    }
}
