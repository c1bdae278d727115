using System.Net;
using System.Text.Json;
using Godwit.AspNetCore;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Instruments;

/// <summary>What <c>/metrics</c> of the program tells, and to whom. Each test has a process of its own: what is counted is counted in the process.</summary>
public sealed class MetricsTests
{
    public static TheoryData<string> Transports => new("websocket", "sse", "http_stream", "session_websocket", "session_stream", "long_poll", "session_poll");

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Connections_and_deliveries_are_counted_by_transport(string transport)
    {
        await using GodwitProcess godwit = await ServeAsync();
        Uri root = godwit.Addresses[0];
        var target = new ProbeTarget { Mount = new Uri(root, "rt"), Room = "room:a", Wait = TimeSpan.FromSeconds(50) };
        ReaderProbe reader = ViaOf(transport).Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        Task<ProbeFrame> next = reader.NextAsync(ProbeFrameKind.Entry);
        string lane = transport is "websocket" or "session_websocket" ? "socket" : "kestrel";
        await UntilAsync(root, scrape => scrape["godwit_connections", $"lane=\"{lane}\"", $"transport=\"{transport}\""] == 1);

        await Reading.PublishAsync(target, "1");
        Assert.Equal(1, (await next).Offset);
        Scrape after = await UntilAsync(root, scrape => scrape["godwit_entries_delivered_total", $"transport=\"{transport}\""] == 1 && scrape["godwit_delivery_duration_seconds_count"] == 1);
        Assert.Equal(1, after["godwit_entries_published_total", "outcome=\"stored\""]);
        Assert.True(after["godwit_verdicts_total", "verdict=\"ok\""] >= 1);
        Assert.True(after["godwit_rooms_live"] == 1 && after["godwit_store_rooms"] == 1 && after["godwit_memory_logs_bytes"] > 0);

        await reader.DisposeAsync();
        await UntilAsync(root, scrape => scrape.Sum("godwit_connections", "transport=") == 0);
    }

    [Fact]
    public async Task Refusals_verdicts_and_limits_are_counted_by_their_kind()
    {
        await using GodwitProcess godwit = await ServeAsync();
        Uri root = godwit.Addresses[0];
        using var client = new HttpClient();
        for (int i = 0; i < 3; i++)
        {
            await client.GetAsync(new Uri(root, "rt/rooms/a%20b"), TestContext.Current.CancellationToken);
        }

        await client.PostAsync(new Uri(root, "rt/session"), new StringContent("""{"send":[{"op":"fly","id":1}]}""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        await client.GetAsync(new Uri(root, "rt/rooms/room:a?after=3kQ9xLm0aZ_-1-03fK9a"), TestContext.Current.CancellationToken);

        Scrape scrape = await Scrape.OfAsync(root);
        Assert.Equal(3, scrape["godwit_refusals_total", "code=\"room.invalid\""]);
        Assert.Equal(1, scrape["godwit_refusals_total", "code=\"op.unknown\""]);
        Assert.Equal(1, scrape["godwit_verdicts_total", "verdict=\"reset\""]);
    }

    [Fact]
    public async Task Connections_that_the_server_ended_are_counted_by_the_reason()
    {
        await using GodwitProcess godwit = await ServeAsync();
        Uri root = godwit.Addresses[0];
        await using ReaderProbe reader = Via.WebSocket.Open(new ProbeTarget { Mount = new Uri(root, "rt"), Room = "room:a" }, ProbeStart.Now);
        await reader.JoinAsync();
        using var client = new HttpClient();
        JsonElement list = JsonDocument.Parse(await client.GetStringAsync(new Uri(root, "rt/admin/connections"), TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("websocket", list.GetProperty("connections")[0].GetProperty("transport").GetString());
        Assert.Equal(0, (await Scrape.OfAsync(root)).Sum("godwit_connections_ended_total", "code="));

        await using ReaderProbe session = Via.SessionWebSocket.Open(new ProbeTarget { Mount = new Uri(root, "rt"), Room = "room:a" }, ProbeStart.Now);
        await session.JoinAsync();
        list = JsonDocument.Parse(await client.GetStringAsync(new Uri(root, "rt/admin/connections"), TestContext.Current.CancellationToken)).RootElement;
        string name = list.GetProperty("connections")[1].GetProperty("session").GetString()!;
        await client.PostAsync(new Uri(root, "rt/admin/disconnect"), new StringContent($$"""{"session":"{{name}}"}""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        await session.NextAsync(ProbeFrameKind.End);
        await UntilAsync(root, scrape => scrape["godwit_connections_ended_total", "code=\"admin.disconnected\""] == 1);
    }

    [Fact]
    public async Task Metrics_are_for_local_requests_and_for_API_keys()
    {
        string key = ApiKey.Create();
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $$$"""{"access":{"apiKeys":[{"name":"prometheus","hash":"{{{Convert.ToHexStringLower(ApiKey.HashOf(key))}}}","grants":{}}],"secrets":["{{{Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}}}"]}}""", TestContext.Current.CancellationToken);
            await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--config", file]);
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(godwit, null, null)).Status);
            Assert.Equal((HttpStatusCode.Unauthorized, "credential.missing"), await AskAsync(godwit, "rt.example", null));
            Assert.Equal((HttpStatusCode.Unauthorized, "api_key.unknown"), await AskAsync(godwit, "rt.example", ApiKey.Create()));
            Assert.Equal((HttpStatusCode.Unauthorized, "token.malformed"), await AskAsync(godwit, "rt.example", "letmein"));
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(godwit, "rt.example", key)).Status);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("rt.example", null)]
    [InlineData(null, "https://evil.example")]
    public async Task Without_access_they_are_for_local_requests_alone(string? host, string? origin)
    {
        await using GodwitProcess godwit = await ServeAsync();

        Assert.Equal((HttpStatusCode.Unauthorized, "access.unconfigured"), await AskAsync(godwit, host, null, origin));
    }

    [Fact]
    public async Task They_are_sent_by_OTLP_where_the_variables_say_so()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{listener.LocalEndpoint}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        });

        // Where this machine is slow the exporter gives a request up, and sends another.
        while (!(await ReceiveAsync(listener)).Contains("godwit.connections", StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Receives one request, up to where the metrics are named or it ends.</summary>
    private static async Task<string> ReceiveAsync(System.Net.Sockets.TcpListener listener)
    {
        using System.Net.Sockets.TcpClient exporter = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(exporter.GetStream(), System.Text.Encoding.Latin1);
        char[] part = new char[4096];
        string request = "";
        try
        {
            while (!request.Contains("godwit.connections", StringComparison.Ordinal))
            {
                int read = await reader.ReadAsync(part, TestContext.Current.CancellationToken);
                if (read == 0)
                {
                    break;
                }

                request += new string(part, 0, read);
            }
        }
        catch (IOException)
        {
            // Given up.
        }

        if (request.Length > 0)
        {
            Assert.StartsWith("POST /v1/metrics ", request, StringComparison.Ordinal);
        }

        return request;
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("localhost:4318")]
    [InlineData("ftp://localhost")]
    public async Task An_address_for_OTLP_that_is_none_ends_the_start(string address)
    {
        (int code, _, string errors) = await GodwitProcess.RunAsync(["--listen", "http://127.0.0.1:0"], new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address });

        Assert.Equal(2, code);
        Assert.StartsWith("godwit: OTEL_EXPORTER_OTLP_ENDPOINT: it takes an http or https address", errors, StringComparison.Ordinal);
    }

    private static Task<GodwitProcess> ServeAsync() => GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(GodwitProcess godwit, string? host, string? credential, string? origin = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(godwit.Addresses[0], "/metrics"));
        request.Headers.Host = host;
        if (credential is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {credential}");
        }

        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? null : JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
    }

    /// <summary>Looks again until what was done is counted: a probe knows of it a moment before the server has counted it.</summary>
    private static async Task<Scrape> UntilAsync(Uri root, Func<Scrape, bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        // Only what is never counted takes as long as this.
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            Scrape scrape = await Scrape.OfAsync(root);
            if (condition(scrape))
            {
                return scrape;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private static Via ViaOf(string transport) => transport switch
    {
        "websocket" => Via.WebSocket,
        "sse" => Via.ServerSentEvents,
        "http_stream" => Via.HttpStream,
        "session_websocket" => Via.SessionWebSocket,
        "session_stream" => Via.SessionStream,
        "long_poll" => Via.LongPoll,
        _ => Via.SessionLongPoll,
    };
}
