using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Godwit.Feeds;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Transports;

/// <summary>Answers that do not fit: whoever goes on from them gets the rest, and whoever does not take them is let go.</summary>
public sealed class LargeAnswerTests : IAsyncLifetime
{
    private const int Entries = 9;

    private readonly FakeTimeProvider _time = new();
    private readonly HttpClient _client = new();
    private RunningServer _server = null!;
    private ProbeTarget _target = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private AnswerBudget Budget => _server.Services.GetRequiredService<GodwitEngine>().Reads.Answers;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(SharedServer.Policies, time: _time);
        _target = _server.Room("large");
        await using var publisher = new HttpPublisher(_target);
        for (int i = 0; i < Entries; i++)
        {
            await publisher.PublishAsync($"\"{new string('x', 200_000)}\"", Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("poll", "", 1)]
    [InlineData("poll", "last=8", 2)]
    [InlineData("poll", "last=8&limit=3", 2)]
    [InlineData("read", "", 1)]
    [InlineData("read", "\"last\":8", 2)]
    [InlineData("sent", "", 1)]
    [InlineData("sent", "\"last\":8", 2)]
    [InlineData("rooms", "\"last\":8", 2)]
    public async Task The_newest_entries_that_do_not_fit_come_one_after_the_other_without_a_hole(string how, string asked, int first)
    {
        foreach (bool isScarce in (bool[])[false, true])
        {
            using IDisposable? taken = isScarce ? Budget.Take(int.MaxValue) : null;
            (List<long> offsets, int answers) = await FollowAsync(how, asked);

            Assert.Equal(Enumerable.Range(first, Entries - first + 1).Select(static i => (long)i), offsets);
            Assert.InRange(answers, 2, isScarce ? Entries : 4);
        }

        Assert.Equal(0, Budget.Held);
    }

    [Fact]
    public async Task Backwards_the_newest_come_first_and_previous_leads_on()
    {
        string last = (await Reading.PublishAsync(_target, "1")).Position!;
        foreach (bool isScarce in (bool[])[false, true])
        {
            using IDisposable? taken = isScarce ? Budget.Take(int.MaxValue) : null;
            var offsets = new List<long>();
            Uri? address = _target.Address($"before={last}");
            while (address is not null)
            {
                JsonElement answer = await GetAsync(address);
                offsets.InsertRange(0, Offsets(answer.GetProperty("entries")));
                address = answer.TryGetProperty("previous", out JsonElement previous) ? new Uri(address, previous.GetString()) : null;
            }

            Assert.Equal(Enumerable.Range(1, Entries).Select(static i => (long)i), offsets);
        }
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("exchange")]
    [InlineData("read")]
    [InlineData("stream")]
    public async Task Who_does_not_take_a_large_answer_for_the_stall_limit_is_let_go_and_what_it_held_is_given_back(string kind)
    {
        const int clients = 4;
        var sockets = new List<Socket>();
        for (int i = 0; i < clients; i++)
        {
            sockets.Add(await StallAsync(kind));
        }

        await UntilAsync(() => Budget.Held > clients * 500_000);
        Assert.InRange(Budget.Held, 0, clients * (2L << 20));

        int looks = 0;
        await UntilAsync(() =>
        {
            // As often as it takes: the sockets between may still have been filling. And not by one look: between two answers
            // to a client that has not stalled yet nothing is held either.
            _time.Advance(TimeSpan.FromSeconds(10));
            looks = Budget.Held == 0 ? looks + 1 : 0;
            return looks == 30;
        });
        foreach (Socket socket in sockets)
        {
            await DrainAsync(socket);
            socket.Dispose();
        }
    }

    private async Task<Socket> StallAsync(string kind)
    {
        const int times = 30;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4 << 10 };
        await socket.ConnectAsync(_server.Root.Host, _server.Root.Port, Cancel);
        string read = $$"""{"op":"read","room":"{{_target.Room}}","after":"start","limit":1000}""";
        string body = $$"""{"send":[{{string.Join(',', Enumerable.Repeat(read, 12))}}]}""";
        string request = kind switch
        {
            "poll" => $"GET {_target.Address("after=start").PathAndQuery} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "exchange" => $"POST /rt/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            "stream" => $"POST /rt/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            _ => "GET /rt/session HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        };

        // What the sockets between take of it is for the system to say: so more is asked for than that.
        for (int i = 0; i < (kind == "read" ? 1 : times); i++)
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancel);
        }

        if (kind == "read")
        {
            foreach (string frame in (string[])["""{"op":"hello"}""", .. Enumerable.Repeat(read, times)])
            {
                await socket.SendAsync(WebSocketWire.Frame(WebSocketWire.Text, Encoding.ASCII.GetBytes(frame)), Cancel);
            }
        }

        return socket;
    }

    private static async Task DrainAsync(Socket socket)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset, since it was let go.
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private async Task<(List<long> Offsets, int Answers)> FollowAsync(string how, string asked)
    {
        using SessionSocket? socket = how == "read" ? await SessionSocket.OpenAsync(_server) : null;
        if (socket is not null)
        {
            await socket.AskAsync("""{"op":"hello"}""");
        }

        var offsets = new List<long>();
        for (int answers = 1; ; answers++)
        {
            Assert.True(answers < 20, "It goes on and on.");
            JsonElement answer = how switch
            {
                "poll" => await GetAsync(new Uri(_target.Address(), asked.Length == 0 ? "" : "?" + asked)),
                "read" => await socket!.AskAsync(Read(asked)),
                "sent" => (await ExchangeAsync($$"""{"send":[{{Read(asked)}}]}""")).GetProperty("replies")[0],
                _ => await ExchangeAsync($"{{\"rooms\":{{\"{_target.Room}\":{{{asked}}}}}}}"),
            };
            JsonElement entries = answer.GetProperty(how == "rooms" ? "frames" : "entries");
            offsets.AddRange(Offsets(entries));
            if (!answer.TryGetProperty("more", out _))
            {
                return (offsets, answers);
            }

            asked = how switch
            {
                "poll" => answer.GetProperty("next").GetString()![1..],
                "rooms" => $"\"after\":{answer.GetProperty("rooms").GetProperty(_target.Room).GetRawText()}",
                _ => $"\"after\":{answer.GetProperty("position").GetRawText()}",
            };
        }
    }

    private string Read(string asked) => $$"""{"op":"read","room":"{{_target.Room}}"{{(asked.Length > 0 ? "," + asked : "")}}}""";

    private async Task<JsonElement> GetAsync(Uri address) => await _client.GetFromJsonAsync<JsonElement>(address, Cancel);

    private async Task<JsonElement> ExchangeAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.PostAsync(new Uri(_server.Mount + "/session"), content, Cancel);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static IEnumerable<long> Offsets(JsonElement entries) =>
        entries.EnumerateArray().Where(static frame => frame.GetProperty("op").GetString() == "entry").Select(static entry => entry.GetProperty("offset").GetInt64());
}
