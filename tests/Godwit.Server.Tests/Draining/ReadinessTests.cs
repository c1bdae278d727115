using System.Net;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Draining;

public sealed class ReadinessTests : IDisposable
{
    private static readonly Dictionary<string, string> Patient = new() { ["GODWIT_drain__delay"] = "5m", ["GODWIT_drain__window"] = "10m" };
    private static readonly Dictionary<string, string> Undelayed = new() { ["GODWIT_drain__delay"] = "0s", ["GODWIT_drain__window"] = "10m" };

    private readonly HttpClient _client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Everybody_is_told_whether_it_lives_and_whether_it_is_ready()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);

        foreach ((string path, string status) in new[] { ("healthz", "live"), ("readyz", "ready") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(godwit.Addresses[0], path));
            request.Headers.Add("X-Forwarded-For", "192.0.2.1");
            using HttpResponseMessage answer = await _client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.Equal($$"""{"status":"{{status}}"}""", await answer.Content.ReadAsStringAsync(Cancel));
            using HttpResponseMessage head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, request.RequestUri), Cancel);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            using HttpResponseMessage other = await _client.PostAsync(request.RequestUri, null, Cancel);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, other.StatusCode);
            Assert.Equal(["GET", "HEAD"], other.Content.Headers.Allow);
        }
    }

    [Fact]
    public async Task While_load_balancers_find_out_it_is_not_ready_and_answers_as_before()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Patient);
        var target = new ProbeTarget { Mount = new Uri(godwit.Addresses[0], "rt"), Room = "lobby" };
        await using ReaderProbe before = ReaderProbe.Open(ProbeTransport.WebSocket, target, ProbeStart.Now);
        await before.JoinAsync();

        godwit.Signal(UnixSignal.Terminate);
        await UntilAsync(godwit, "draining");

        using HttpResponseMessage live = await _client.GetAsync(new Uri(godwit.Addresses[0], "healthz"), Cancel);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        foreach (ProbeTransport transport in ProbeTransports.All)
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, target, ProbeStart.Now);
            await reader.JoinAsync();
        }

        await using var publisher = new HttpPublisher(target);
        Assert.NotNull((await publisher.PublishAsync("1", Cancel)).Position);
        await before.NextAsync(ProbeFrameKind.Entry);
    }

    [Fact]
    public async Task Within_the_window_streams_are_refused_for_now_and_publishes_are_taken()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], Undelayed);
        var target = new ProbeTarget { Mount = new Uri(godwit.Addresses[0], "rt"), Room = "lobby" };
        await using ReaderProbe before = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Now);
        ProbeFrame joined = await before.JoinAsync();
        godwit.Signal(UnixSignal.Terminate);
        await UntilRefusedAsync(target);

        foreach (ProbeTransport transport in new[] { ProbeTransport.WebSocket, ProbeTransport.ServerSentEvents, ProbeTransport.HttpStream })
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, target, ProbeStart.After(joined.Position!));
            ProbeFrame refusal = await reader.NextAsync(ProbeFrameKind.Error);
            Assert.Equal(ErrorCode.Drain.Code, refusal.Code);
            Assert.True(refusal.Retry is >= 1000, $"{transport}: {refusal.Raw}");
        }

        using HttpResponseMessage held = await _client.GetAsync(target.Address($"after={joined.Position}", "wait=30"), Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, held.StatusCode);
        Assert.InRange(held.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
        Assert.True(held.Headers.ConnectionClose);

        using var body = new StringContent("1", null, "application/json");
        using HttpResponseMessage published = await _client.PostAsync(target.Address(), body, Cancel);
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        Assert.True(published.Headers.ConnectionClose);
        await before.NextAsync(ProbeFrameKind.Entry);

        // There is something to answer now, so a poll is.
        using HttpResponseMessage entries = await _client.GetAsync(target.Address($"after={joined.Position}", "wait=30"), Cancel);
        Assert.Equal(HttpStatusCode.OK, entries.StatusCode);
        using var lines = new StringContent("{}\n", null, "application/x-ndjson");
        using HttpResponseMessage stream = await _client.PostAsync(new Uri($"{target.Mount}/publish"), lines, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stream.StatusCode);
    }

    private async Task UntilAsync(GodwitProcess godwit, string status)
    {
        while (true)
        {
            using HttpResponseMessage answer = await _client.GetAsync(new Uri(godwit.Addresses[0], "readyz"), Cancel);
            if (await answer.Content.ReadAsStringAsync(Cancel) == $$"""{"status":"{{status}}"}""")
            {
                Assert.Equal(status == "ready" ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                return;
            }
        }
    }

    private static async Task UntilRefusedAsync(ProbeTarget target)
    {
        while (true)
        {
            await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Now);
            if ((await reader.ReadAsync(Cancel)).Kind == ProbeFrameKind.Error)
            {
                return;
            }
        }
    }
}
