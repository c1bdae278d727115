using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Requests;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>A body that its sender keeps back costs the server little memory, and none for long.</summary>
public sealed class BodyLimitsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/rt/session", "application/json")]
    [InlineData("/rt/rooms/lobby", "application/json")]
    [InlineData("/rt/rooms/lobby", "text/plain")]
    public async Task A_body_that_is_not_there_in_time_is_408_however_steadily_it_comes(string path, string type)
    {
        var time = new FakeTimeProvider();
        await using RunningServer server = await RunningServer.StartAsync(time: time, http: static http => http.Anonymous = AnonymousAccess.Everyone);
        using Socket socket = await BeginAsync(server, path, type);
        string answer = "";
        while (!answer.Contains("\r\n\r\n{", StringComparison.Ordinal))
        {
            await socket.SendAsync("1\r\n \r\n");
            time.Advance(TimeSpan.FromSeconds(5));
            byte[] buffer = new byte[4096];
            while (socket.Available > 0)
            {
                answer += Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancel));
            }

            await Task.Delay(1, Cancel);
        }

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"body.timeout\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_more_than_half_the_largest_has_room_when_it_comes_in_pieces()
    {
        await using RunningServer server = await RunningServer.StartAsync(http: static http =>
        {
            http.Anonymous = AnonymousAccess.Everyone;
            http.Proxies.Add(IPNetwork.Parse("127.0.0.0/8"));
            http.BodyBytes = 10_000_000;
        });
        using var client = new HttpClient { DefaultRequestHeaders = { { "X-Forwarded-For", "203.0.113.7" }, { "Transfer-Encoding", "chunked" } } };
        using HttpResponseMessage answer = await client.PostAsync(new Uri(server.Mount + "/rooms/lobby"), new StringContent(new string('x', 6_000_000), Encoding.UTF8, "text/plain"), Cancel);
        Assert.Contains("entry.too_large", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_address_has_its_share_of_the_memory_for_bodies_and_others_have_theirs()
    {
        await using RunningServer server = await RunningServer.StartAsync(http: static http =>
        {
            http.Anonymous = AnonymousAccess.Everyone;
            http.Proxies.Add(IPNetwork.Parse("127.0.0.0/8"));
        });
        var limits = server.Services.GetRequiredService<BodyLimits>();
        var sockets = new List<Socket>();
        long share = BodyLimits.LeastBudget / 8;
        for (int held = 1; held <= 8; held++)
        {
            sockets.Add(await BeginAsync(server, "/rt/session", "application/json", "203.0.113.7"));
            await sockets[^1].SendAsync($"{600 << 10:x}\r\n{new string(' ', 600 << 10)}\r\n");
            while (limits.Held < held * share / 8)
            {
                await Task.Delay(1, Cancel);
            }
        }

        using Socket more = await BeginAsync(server, "/rt/session", "application/json", "203.0.113.7");
        await more.SendAsync($"{600 << 10:x}\r\n{new string(' ', 600 << 10)}\r\n");
        string refused = await more.ReadUntilAsync("\"code\":");
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", refused, StringComparison.Ordinal);
        using Socket small = await BeginAsync(server, "/rt/session", "application/json", "203.0.113.7");
        await small.SendAsync("2\r\n{}\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await small.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        using Socket other = await BeginAsync(server, "/rt/session", "application/json", "203.0.113.8");
        await other.SendAsync($"{600 << 10:x}\r\n{new string(' ', 600 << 10)}\r\n2\r\n{{}}\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await other.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

        foreach (Socket socket in sockets)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        while (limits.Held > 0 || limits.Holders > 0)
        {
            await Task.Delay(1, Cancel);
        }
    }

    [Fact]
    public void All_together_have_the_budget_and_backends_no_share_of_it()
    {
        var limits = new BodyLimits(Options.Create(new GodwitHttpOptions()), TimeProvider.System);
        var user = new Caller { Kind = CallerKind.Token, User = "ann" };
        var key = new Caller { Kind = CallerKind.ApiKey, KeyName = "backend" };
        Assert.True(limits.TryTake(user, BodyLimits.LeastBudget / 8));
        Assert.False(limits.TryTake(user, 1));
        Assert.True(limits.TryTake(key, BodyLimits.LeastBudget / 8 * 7));
        Assert.False(limits.TryTake(key, 1));
        limits.TryTake(user, -BodyLimits.LeastBudget / 8);
        Assert.True(limits.TryTake(new Caller { Address = IPAddress.Parse("203.0.113.7") }, BodyLimits.LeastBudget / 8));
        Assert.Equal((BodyLimits.LeastBudget, 1), (limits.Held, limits.Holders));
    }

    private static async Task<Socket> BeginAsync(RunningServer server, string path, string type, string? from = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Root.Port, Cancel);
        string forwarded = from is null ? "" : $"X-Forwarded-For: {from}\r\n";
        await socket.SendAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{forwarded}Content-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n");
        return socket;
    }
}
