using System.Net;
using System.Net.WebSockets;
using System.Text;
using Godwit.Server.Diagnosing;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;
using Godwit.Server.Tests.Commands;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Diagnosing;

/// <summary>What <c>godwit doctor</c> does without a proxy of the field.</summary>
public sealed class DoctorTests
{
    private const string Joined = """{"op":"joined","room":"doctor:a","position":"3aaaaaaaaaa-0-000000","verdict":"ok"}""";

    [Fact]
    public async Task A_credential_is_not_sent_over_TLS_that_nobody_trusts()
    {
        // It would be refused if it were: that of nobody.
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await CommandRun.RunAsync("doctor", $"{server.RootOf(Carrier.Tls)}rt", "--token", "nobody", "--idle", "1s");

        Assert.Equal((1, ""), (run.Code, run.Errors));
        Assert.Contains("tls.untrusted", run.Output, StringComparison.Ordinal);
        Assert.Contains("; the credential was not sent there\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 problem was found. The rest can be looked at once this is in order.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_interrupted_reports_what_it_has()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess doctor = GodwitProcess.Begin(["doctor", $"{server.Mount}", "--room", "doctor:a", "--idle", "1h"]);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, server.Room() with { Room = "doctor:a" }, ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.NextAsync(ProbeFrameKind.Entry);
        doctor.Signal(UnixSignal.Interrupt);

        Assert.NotEqual(0, await doctor.EndAsync());
        Assert.Contains("short poll: answered in", doctor.Output, StringComparison.Ordinal);
        Assert.EndsWith(" It was interrupted: the rest was not looked at.\n", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_cut_before_an_entry_comes_was_cut_and_not_kept_back()
    {
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication server = await StartAsync(async context =>
        {
            if (context.Request.Method == "POST")
            {
                await StoreAsync(context);
                published.TrySetResult();
                return;
            }

            context.Response.ContentType = "application/x-ndjson";
            await context.Response.WriteAsync(Joined + "\n");
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await published.Task.WaitAsync(context.RequestAborted);
            context.Abort();
        });
        Examination examination = Examine(server);
        await new StreamCheck(examination, ProbeTransport.HttpStream).RunAsync(TestContext.Current.CancellationToken);

        Finding finding = Assert.Single(examination.Findings);
        Assert.True(finding.Kind == FindingKind.StreamCut, finding.ToString());
        Assert.StartsWith("it was cut before an entry came, ", finding.Seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "it is open, and nothing has come within 30 s")]
    [InlineData(true, "an entry has not come within 30 s")]
    public async Task A_WebSocket_on_which_nothing_comes_has_stalled(bool joins, string seen)
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication server = await StartAsync(async context =>
        {
            if (context.Request.Method == "POST")
            {
                await StoreAsync(context);
                open.TrySetResult();
                return;
            }

            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            if (joins)
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(Joined), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            }
            else
            {
                open.TrySetResult();
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var time = new FakeTimeProvider();
        Examination examination = Examine(server, time);
        Task check = new StreamCheck(examination, ProbeTransport.WebSocket).RunAsync(TestContext.Current.CancellationToken);
        await open.Task.WaitAsync(TestContext.Current.CancellationToken);
        while (!check.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.WhenAny(check, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        await check;
        Finding finding = Assert.Single(examination.Findings);
        Assert.Equal((FindingKind.WebSocketStalled, seen), (finding.Kind, finding.Seen));
    }

    [Theory]
    [InlineData(Via.WebSocket, false, "websocket.refused", "403")]
    [InlineData(Via.SessionWebSocket, false, "websocket.refused", "403")]
    [InlineData(Via.WebSocket, true, "websocket.refused", "connections.limit")]
    [InlineData(Via.ServerSentEvents, false, "stream.refused", "403")]
    [InlineData(Via.HttpStream, false, "stream.refused", "403")]
    [InlineData(Via.SessionStream, false, "stream.refused", "403")]
    [InlineData(Via.ServerSentEvents, true, "stream.refused", "connections.limit")]
    public async Task What_is_refused_by_the_server_or_on_the_way_to_it_is_told_with_the_answer(Via via, bool isTheServers, string code, string seen)
    {
        await using WebApplication server = await StartAsync(async context =>
        {
            context.Response.StatusCode = isTheServers ? 429 : 403;
            context.Response.ContentType = isTheServers ? "application/problem+json" : "text/html";
            await context.Response.WriteAsync(isTheServers
                ? """{"type":"https://godwit.dev/errors/connections.limit","title":"There are too many.","status":429,"code":"connections.limit","detail":"There are too many."}"""
                : "<html>Forbidden</html>");
        });
        Examination examination = Examine(server, TimeProvider.System);
        await new StreamCheck(examination, via.Probe()).RunAsync(TestContext.Current.CancellationToken);

        Finding finding = Assert.Single(examination.Findings);
        Assert.Equal(code, finding.Kind?.Code);
        Assert.Contains(seen, finding.Seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(400)]
    [InlineData(503)]
    public async Task A_body_that_something_else_refuses_is_a_limit_whatever_the_status(int status)
    {
        await using WebApplication server = await StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.StatusCode = status;
        });
        Examination examination = Examine(server);
        await new BodyCheck(examination).SizeAsync(TestContext.Current.CancellationToken);

        Finding finding = Assert.Single(examination.Findings);
        Assert.Equal((FindingKind.BodyLimited, $"one of 1280 KiB is refused with {status}, not by the server"), (finding.Kind, finding.Seen));
    }

    private static async Task StoreAsync(HttpContext context)
    {
        context.Response.StatusCode = 201;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"position":"3aaaaaaaaaa-1-000000","duplicate":false}""");
    }

    private static Examination Examine(WebApplication server) => Examine(server, TimeProvider.System);

    private static Examination Examine(WebApplication server, TimeProvider time) => new(
        new ServerAccess { Mount = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/rt") },
        "doctor:a",
        idle: TimeSpan.FromSeconds(1),
        atOnce: TimeSpan.FromSeconds(30),
        time);

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.Run(answer);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return application;
    }
}
