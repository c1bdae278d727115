using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.AspNetCore;
using Godwit.Rooms.Requests;
using Godwit.Server.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Requests;

/// <summary>Requests of clients that an application answers, over a session's WebSocket and in an exchange.</summary>
public sealed partial class RequestTests : IAsyncLifetime
{
    private const string Canary = "canary-6f1d";

    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _unblock = new();
    private WebApplication? _application;
    private Uri? _root;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(new QueueLog(_log, _failed)).SetMinimumLevel(LogLevel.Debug);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddGodwit(options =>
        {
            options.DrainDelay = options.DrainWindow = TimeSpan.Zero;
            options.RequestTimeout = TimeSpan.FromSeconds(5);
        });
        _application = builder.Build();
        _application.MapGodwit("/rt");
        _application.MapGodwitRequest("game:*", "roll", static (request, _) =>
        {
            Roll roll = request.Read(Rolls.Default.Roll)!;
            return ValueTask.FromResult(RequestReply.With(new Rolled(request.Room.ToString(), request.Event, roll.Sides * 2), Rolls.Default.Rolled));
        });
        _application.MapGodwitRequest("game:*", "echo", static (request, _) => ValueTask.FromResult(RequestReply.WithJson(request.Data.Span)));
        _application.MapGodwitRequest("**", "echo", static (_, _) => ValueTask.FromResult(RequestReply.Nothing));
        _application.MapGodwitRequest("game:*", "refuse", static (_, _) => ValueTask.FromResult(RequestReply.Refuse("It is not your turn.")));
        _application.MapGodwitRequest("game:*", "fail", static (request, _) => throw new InvalidOperationException("The dice are gone."));
        _application.MapGodwitRequest("game:*", "hang", async (_, _) =>
        {
            _stuck.TrySetResult();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return RequestReply.Nothing;
        });
        _application.MapGodwitRequest("game:*", "block", (_, _) =>
        {
            _blocked.TrySetResult();
            _unblock.Wait(TestContext.Current.CancellationToken);
            throw new InvalidOperationException($"Too late: {Canary}");
        });
        _application.MapGodwitRequest("game:*", "quote", static (request, _) => throw new InvalidOperationException(Encoding.UTF8.GetString(request.Data.Span), new FormatException(Canary)));
        _application.MapGodwitRequest("game:*", "own", static (_, _) => throw new JsonException("The application's own file."));
        _application.MapGodwitRequest("game:*", "large", static (_, _) => ValueTask.FromResult(RequestReply.WithJson(Encoding.ASCII.GetBytes($"\"{new string('x', RequestReply.MaxLength - 2)}\""))));
        await _application.StartAsync(TestContext.Current.CancellationToken);
        _root = new Uri(_application.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        _unblock.Set();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        _unblock.Dispose();
    }

    [Theory]
    [InlineData("""{"room":"game:1","event":"roll","data":{"sides":6}}""", """{"op":"reply","id":1,"data":{"room":"game:1","event":"roll","value":12}}""")]
    [InlineData("""{"room":"game:1","event":"echo","data":[1, 2.50,"ä"]}""", """{"op":"reply","id":1,"data":[1,2.50,"ä"]}""")]
    [InlineData("""{"room":"game:1","event":"echo"}""", """{"op":"reply","id":1,"data":null}""")]
    [InlineData("""{"room":"chat","event":"echo","data":7}""", """{"op":"reply","id":1,"data":null}""")]
    public async Task A_request_is_answered_by_the_first_handler_that_fits(string request, string reply)
    {
        string frame = $$"""{"op":"request","id":1,{{request[1..]}}""";
        Assert.Equal(reply, await OverSocketAsync(frame));
        Assert.Equal(reply, (await OverExchangeAsync(frame)).GetRawText());
    }

    [Theory]
    [InlineData("""{"room":"game:1","event":"refuse"}""", "request.refused", "It is not your turn.")]
    [InlineData("""{"room":"game:1","event":"fail"}""", "internal", "The server's log says why.")]
    [InlineData("""{"room":"game:1","event":"own"}""", "internal", "The server's log says why.")]
    [InlineData("""{"room":"game:1","event":"roll","data":{"sides":"six"}}""", "data.unfit", "The data is not what the application expects here.")]
    [InlineData("""{"room":"game:1:2","event":"roll"}""", "request.unhandled", "The application has nothing that answers 'roll' in this room.")]
    [InlineData("""{"room":"game:1","event":"Roll"}""", "request.unhandled", "The application has nothing that answers 'Roll' in this room.")]
    public async Task A_request_that_is_not_answered_is_told_why(string request, string code, string detail)
    {
        string frame = $$"""{"op":"request","id":1,{{request[1..]}}""";
        JsonElement overSocket = JsonDocument.Parse(await OverSocketAsync(frame)).RootElement;
        JsonElement overExchange = await OverExchangeAsync(frame);
        Assert.All(new[] { overSocket, overExchange }, error => Assert.Equal(("error", code, detail, 1), (error.GetProperty("op").GetString(), error.GetProperty("code").GetString(), error.GetProperty("detail").GetString(), error.GetProperty("id").GetInt32())));
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_given_up_and_the_connection_lives()
    {
        using ClientWebSocket socket = await ConnectAsync();
        await SendAsync(socket, """{"op":"request","id":1,"room":"game:1","event":"hang"}""");
        await _stuck.Task.WaitAsync(TestContext.Current.CancellationToken);

        // Others are not held up meanwhile.
        Assert.Contains("\"value\":4", await OverSocketAsync("""{"op":"request","id":1,"room":"game:1","event":"roll","data":{"sides":2}}"""), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("request.timeout", await ReceiveAsync(socket), StringComparison.Ordinal);
        await SendAsync(socket, """{"op":"ping","id":2}""");
        Assert.Equal("""{"op":"pong","id":2}""", await ReceiveAsync(socket));
        Assert.Contains(_log, static line => line.Contains("HandlerLate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_that_blocks_is_given_up_as_well_and_what_becomes_of_it_is_logged()
    {
        using ClientWebSocket socket = await ConnectAsync();
        await SendAsync(socket, """{"op":"request","id":1,"room":"game:1","event":"block"}""");
        await _blocked.Task.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("request.timeout", await ReceiveAsync(socket).WaitAsync(Patience, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(_log, static line => line.Contains("HandlerFailed", StringComparison.Ordinal));
        _unblock.Set();
        Assert.Contains("InvalidOperationException", await _failed.Task.WaitAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_stream_is_answered_too()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_root!, "rt/session"));
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        request.Content = new StringContent("""{"send":[{"op":"request","id":1,"room":"game:1","event":"echo","data":7}]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        string? line;
        do
        {
            line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
        }
        while (!line.Contains("reply", StringComparison.Ordinal));

        Assert.Equal("""data: {"op":"reply","id":1,"data":7}""", line);
    }

    [Fact]
    public async Task A_reply_may_have_a_mebibyte()
    {
        string reply = await OverSocketAsync("""{"op":"request","id":1,"room":"game:1","event":"large"}""");

        Assert.Equal(RequestReply.MaxLength + """{"op":"reply","id":1,"data":}""".Length, reply.Length);
        Assert.Throws<ArgumentException>(() => RequestReply.WithJson(new byte[RequestReply.MaxLength + 1]));
        Assert.Throws<ArgumentException>(() => RequestReply.WithJson("{"u8));
    }

    [Fact]
    public async Task No_data_of_a_request_reaches_the_log()
    {
        await OverSocketAsync($$$"""{"op":"request","id":1,"room":"game:1","event":"roll","data":{"sides":"{{{Canary}}}"}}""");
        await OverSocketAsync($$"""{"op":"request","id":1,"room":"game:1","event":"fail","data":"{{Canary}}"}""");
        await OverSocketAsync($$"""{"op":"request","id":1,"room":"game:1","event":"quote","data":"{{Canary}}"}""");

        Assert.Equal(2, _log.Count(static line => line.Contains("HandlerFailed", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log, static line => line.Contains(Canary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("game:[", "roll")]
    [InlineData("", "roll")]
    [InlineData("game:*", "")]
    [InlineData("game:*", "a b")]
    public void A_pattern_or_an_event_that_is_none_is_refused(string rooms, string eventName) =>
        Assert.ThrowsAny<ArgumentException>(() => _application!.MapGodwitRequest(rooms, eventName, static (_, _) => ValueTask.FromResult(RequestReply.Nothing)));

    private async Task<string> OverSocketAsync(string frame)
    {
        using ClientWebSocket socket = await ConnectAsync();
        await SendAsync(socket, frame);
        return await ReceiveAsync(socket);
    }

    private async Task<JsonElement> OverExchangeAsync(string frame)
    {
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.PostAsync(new Uri(_root!, "rt/session"), new StringContent($$"""{"send":[{{frame}}]}""", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("replies")[0];
    }

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("godwit.v1");
        await socket.ConnectAsync(new Uri($"ws://{_root!.Authority}/rt/session"), TestContext.Current.CancellationToken);
        await SendAsync(socket, """{"op":"hello"}""");
        Assert.Contains("welcome", await ReceiveAsync(socket), StringComparison.Ordinal);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var text = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    public sealed record Roll(int Sides);

    public sealed record Rolled(string Room, string Event, int Value);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Roll))]
    [JsonSerializable(typeof(Rolled))]
    private sealed partial class Rolls : JsonSerializerContext;

    private sealed class QueueLog(ConcurrentQueue<string> lines, TaskCompletionSource<string> failed) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = $"{eventId.Name} {formatter(state, exception)} {exception}";
            lines.Enqueue(line);
            if (eventId.Name == "HandlerFailed")
            {
                failed.TrySetResult(line);
            }
        }

        public void Dispose()
        {
        }
    }
}
