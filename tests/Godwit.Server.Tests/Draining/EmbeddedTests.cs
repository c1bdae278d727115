using System.Net;
using Godwit.AspNetCore.Draining;
using Godwit.Server.Probes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Draining;

/// <summary>Leaving in an application of somebody else, with the time in the test's hands.</summary>
public sealed class EmbeddedTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_health_check_follows_the_application_and_every_phase_takes_its_time()
    {
        var time = new FakeTimeProvider();
        await using WebApplication application = await StartAsync(time);
        using var client = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(client));
        ServerDrain drain = application.Services.GetRequiredService<ServerDrain>();
        var target = new ProbeTarget { Mount = new Uri(client.BaseAddress, "rt"), Room = "lobby" };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Now);
        await reader.ReadAsync(Cancel);

        Task stopped = application.StopAsync(Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadinessAsync(client));
        Advance(time, TimeSpan.FromSeconds(5) - Look);
        Assert.Equal(ServerPhase.Leaving, drain.Phase);
        while (drain.Phase == ServerPhase.Leaving)
        {
            await PassAsync(time);
        }

        // The only client of the window is told in the middle of it, and then nobody is left to wait for.
        Assert.Equal(ServerPhase.Draining, drain.Phase);
        Task<ProbeFrame> told = reader.ReadAsync(Cancel);
        while (!told.IsCompleted)
        {
            await PassAsync(time);
        }

        Assert.Equal(ProbeFrameKind.Drain, (await told).Kind);
        while (!stopped.IsCompleted)
        {
            await PassAsync(time);
        }

        await stopped;
        Assert.Equal(ProbeFrameKind.End, (await reader.ReadAsync(Cancel)).Kind);
    }

    [Fact]
    public async Task With_nobody_connected_it_stops_while_no_time_passes()
    {
        await using WebApplication application = await StartAsync(new FakeTimeProvider());

        await application.StopAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        Assert.Equal(ServerPhase.Stopping, application.Services.GetRequiredService<ServerDrain>().Phase);
    }

    [Fact]
    public async Task A_connection_between_two_requests_keeps_it_until_it_is_closed()
    {
        var time = new FakeTimeProvider();
        await using WebApplication application = await StartAsync(time);
        ServerDrain drain = application.Services.GetRequiredService<ServerDrain>();
        Task stopped;
        using (var client = new HttpClient { BaseAddress = new Uri(application.Urls.First()) })
        {
            Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(client));
            stopped = application.StopAsync(Cancel);
            Advance(time, TimeSpan.FromSeconds(1));
            Assert.Equal(ServerPhase.Leaving, drain.Phase);
        }

        while (!stopped.IsCompleted)
        {
            // Less than the whole delay would need.
            await PassAsync(time, TimeSpan.FromTicks(1));
            if (application.Services.GetRequiredService<OpenConnections>().Count == 0)
            {
                await PassAsync(time);
            }
        }

        await stopped;
    }

    [Fact]
    public async Task To_end_at_once_ends_every_phase()
    {
        await using WebApplication application = await StartAsync(new FakeTimeProvider());
        ServerDrain drain = application.Services.GetRequiredService<ServerDrain>();
        var target = new ProbeTarget { Mount = new Uri(new Uri(application.Urls.First()), "rt"), Room = "lobby" };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, target, ProbeStart.Now);
        await reader.ReadAsync(Cancel);
        Task stopped = application.StopAsync(Cancel);

        drain.EndAtOnce();

        Assert.Equal(ProbeFrameKind.Drain, (await reader.ReadAsync(Cancel)).Kind);
        ProbeFrame end = await reader.ReadAsync(Cancel);
        Assert.Equal((ProbeFrameKind.End, 4000), (end.Kind, end.Status));
        await stopped;
    }

    [Theory]
    [InlineData(1, 24)]
    [InlineData(40, 40)]
    public async Task The_hosts_limit_for_stopping_has_room_for_the_drain_and_is_never_lowered(int given, int expected)
    {
        await using WebApplication application = await StartAsync(new FakeTimeProvider(), TimeSpan.FromSeconds(given));

        Assert.Equal(TimeSpan.FromSeconds(expected), application.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    private static async Task<WebApplication> StartAsync(TimeProvider time, TimeSpan? shutdown = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = shutdown ?? TimeSpan.FromMinutes(5));
        builder.Services.AddGodwit();

        // Twice, as two parts of an application may: it is one server all the same.
        builder.Services.AddGodwit();
        WebApplication application = builder.Build();
        application.MapGodwit();
        application.MapHealthChecks("/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        await application.StartAsync(Cancel);
        return application;
    }

    private static async Task<HttpStatusCode> ReadinessAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync("/ready", Cancel);
        return answer.StatusCode;
    }

    private static void Advance(FakeTimeProvider time, TimeSpan span)
    {
        for (; span > TimeSpan.Zero; span -= Look)
        {
            time.Advance(Look);
        }
    }

    private static async Task PassAsync(FakeTimeProvider time, TimeSpan? span = null)
    {
        time.Advance(span ?? Look);
        await Task.Delay(1, Cancel);
    }
}
