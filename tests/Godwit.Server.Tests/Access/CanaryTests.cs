using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Access;

/// <summary>A credential that is shown in every place there is comes out of none.</summary>
public sealed class CanaryTests
{
    // Of the form of each kind of credential, so that each is looked at, and with a text that nothing else has.
    private const string Canary = "canary5f2b7c";

    private static readonly string[] Credentials =
    [
        $"gk_{Canary}",
        $"gt_{Canary}",
        Canary,
        $"{Encoded("""{"alg":"HS256"}""")}.{Encoded($$"""{"sub":"{{Canary}}","exp":4102444800}""")}.{Canary}",
    ];

    [Fact]
    public async Task No_answer_and_no_log_of_the_program_shows_a_credential()
    {
        string secret = Convert.ToBase64String(new byte[32]);
        var variables = new Dictionary<string, string> { ["GODWIT_access__secrets__0"] = secret, ["GODWIT_drain__delay"] = "0s", ["GODWIT_drain__window"] = "0s" };
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--verbose"], variables);

        string answers = await ShowEverywhereAsync(godwit.Addresses[0]);
        using var client = new HttpClient();
        string metrics = await client.GetStringAsync(new Uri(godwit.Addresses[0], "/metrics"), TestContext.Current.CancellationToken);
        godwit.Signal(UnixSignal.Interrupt);
        await godwit.EndAsync();

        AssertNone(answers, "an answer");
        Assert.Contains("godwit_refusals_total", metrics, StringComparison.Ordinal);
        AssertNone(metrics, "a metric");
        AssertNone(godwit.Output + godwit.Errors, "a log");
        Assert.DoesNotContain(secret, godwit.Output + godwit.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_log_of_Godwit_shows_a_credential_or_a_payload_at_any_level()
    {
        var logs = new Logs();
        await using RunningServer server = await RunningServer.StartAsync(
            http: static http => http.Access.Secrets.Add(new SharedSecret(new byte[32])),
            services: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs)));

        string answers = await ShowEverywhereAsync(server.Root);

        AssertNone(answers, "an answer");
        Assert.NotEmpty(logs.Lines);
        AssertNone(string.Join('\n', logs.Lines), "a log");
    }

    private static void AssertNone(string text, string where)
    {
        int at = text.IndexOf(Canary, StringComparison.Ordinal);
        Assert.True(at < 0, $"The canary is in {where}: {text[Math.Max(0, at - 200)..Math.Min(text.Length, Math.Max(0, at) + 100)]}");
    }

    /// <summary>Shows each credential in each place; returns all that was answered.</summary>
    private static async Task<string> ShowEverywhereAsync(Uri root)
    {
        var answers = new StringBuilder();
        foreach (string credential in Credentials)
        {
            string text = Encoded(credential);
            (HttpMethod Method, string Path, string? Header, string? Value, string? Type, string? Body)[] places =
            [
                (HttpMethod.Get, "rooms/a", "Authorization", $"Bearer {credential}", null, null),
                (HttpMethod.Get, "rooms/a", "Authorization", $"Basic {text} {credential}", null, null),
                (HttpMethod.Get, "rooms/a", "Cookie", $"token={credential}", null, null),
                (HttpMethod.Get, "rooms/a", "X-Token", credential, null, null),
                (HttpMethod.Get, "rooms/a", "Sec-WebSocket-Protocol", $"godwit.v1, godwit.bearer.{text}", null, null),
                (HttpMethod.Get, "rooms/a", "Sec-WebSocket-Protocol", $"godwit.bearer.!{credential}", null, null),
                (HttpMethod.Get, $"rooms/a?access_token={credential}", null, null, null, null),
                (HttpMethod.Get, $"rooms/a?ticket={credential}", null, null, null, null),
                (HttpMethod.Get, $"rooms/a?grant={credential}", null, null, null, null),
                (HttpMethod.Get, $"rooms/a?after={credential}", "Authorization", $"Bearer {credential}", null, null),
                (HttpMethod.Post, "session", null, null, "application/json", $$$"""{"token":"{{{credential}}}","rooms":{"a":"now"}}"""),
                (HttpMethod.Post, "session", null, null, "application/json", $$"""{"ticket":"{{credential}}"}"""),
                (HttpMethod.Post, "session", null, null, "application/json", $$"""{"session":"{{credential}}","token":1}"""),
                (HttpMethod.Post, "publish", "Authorization", $"Bearer {credential}", "application/x-ndjson", $$"""{"room":"a","data":"{{credential}}"}"""),
                (HttpMethod.Post, "rooms/a", "Idempotency-Key", credential, "application/json", $"\"{credential}\""),
                (HttpMethod.Post, "tickets", "Authorization", $"Bearer {credential}", "application/json", "{}"),
                (HttpMethod.Get, "admin/rooms", "Authorization", $"Bearer {credential}", null, null),
                (HttpMethod.Post, "admin/revoke", "Authorization", $"Bearer {credential}", "application/json", $$"""{"jti":"{{credential}}"}"""),
                (HttpMethod.Delete, "rooms/a", "Authorization", $"Bearer {credential}", null, null),
                (HttpMethod.Get, "../metrics", "Authorization", $"Bearer {credential}", null, null),
                (HttpMethod.Post, "links", "Authorization", $"Bearer {credential}", "application/json", """{"room":"a"}"""),
            ];
            using var client = new HttpClient();
            foreach ((HttpMethod method, string path, string? header, string? value, string? type, string? body) in places)
            {
                using var request = new HttpRequestMessage(method, new Uri(root, "rt/" + path));
                if (header is not null)
                {
                    request.Headers.TryAddWithoutValidation(header, value);
                }

                request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, type!);
                using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
                answers.Append(answer).Append(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Append('\n');
            }

            foreach (string hello in (string[])[$$"""{"op":"hello","token":"{{credential}}"}""", $$"""{"op":"hello","ticket":"{{credential}}"}""", $$"""{"op":"refresh","token":"{{credential}}"}"""])
            {
                using var socket = new ClientWebSocket();
                await socket.ConnectAsync(new Uri($"ws://{root.Authority}/rt/session"), TestContext.Current.CancellationToken);
                await socket.SendAsync(Encoding.UTF8.GetBytes(hello), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
                byte[] buffer = new byte[4096];
                WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
                answers.Append(Encoding.UTF8.GetString(buffer, 0, received.Count)).Append('\n');
            }
        }

        Assert.Contains("api_key.unknown", answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("ticket.unknown", answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("token.signature", answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("link.invalid", answers.ToString(), StringComparison.Ordinal);
        return answers.ToString();
    }

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>Everything that Godwit logs, with what was given for it. ASP.NET's own logs are the application's.</summary>
    private sealed class Logs : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Log(categoryName, Lines);

        public void Dispose()
        {
        }

        private sealed class Log(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => category.StartsWith("Godwit", StringComparison.Ordinal);

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    string values = state is IEnumerable<KeyValuePair<string, object?>> named ? string.Join(' ', named) : "";
                    lines.Enqueue($"{category} {eventId} {formatter(state, exception)} {values} {exception}");
                }
            }
        }
    }
}
