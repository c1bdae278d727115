using System.Net;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Transports;
using Relay = Godwit.Server.Verifying.Deployments.Relay;

namespace Godwit.Server.Tests.Commands;

public sealed class PubTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-pub-").FullName;

    private string Log => Path.Combine(_folder, "app.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_argument_is_an_entry_objects_and_arrays_as_JSON_all_else_as_text()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await CommandRun.RunAsync("pub", "lobby", """{"a": 1}""", "[2]", "hi there", "3", "{no", "--event", "note", "--url", $"{server.Mount}");

        List<ProbeFrame> entries = await EntriesAsync(server, 5);
        Assert.Equal(["""{"a":1}""", "[2]", "\"hi there\"", "\"3\"", "\"{no\""], entries.Select(static entry => entry.Data));
        Assert.All(entries, static entry => Assert.Equal("note", entry.Event));
        Assert.Equal((0, $"5 acknowledged; the last at {entries[^1].Position}\n", ""), (run.Code, run.Output, run.Errors));
    }

    [Fact]
    public async Task Every_line_of_standard_input_is_an_entry_the_last_one_without_its_end_too()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "lobby", "--as", "json", "--json", "--url", $"{server.Mount}"]);
        await pub.WriteAsync("{\"line\":1}\n\n\"two\"\r\n3", ends: true);

        Assert.Equal(0, await pub.EndAsync());
        Assert.Equal(["""{"line":1}""", "\"two\"", "3"], (await EntriesAsync(server, 3)).Select(static entry => entry.Data));
        JsonElement[] said = [.. pub.Output.TrimEnd().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["published", "published", "published", "end"], said.Select(static line => line.GetProperty("op").GetString()));
        Assert.Equal(3, said[^1].GetProperty("acknowledged").GetInt32());
    }

    [Fact]
    public async Task A_line_is_published_before_the_next_one_comes()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "lobby", "--url", $"{server.Mount}"]);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, Room(server), ProbeStart.Oldest);
        await reader.JoinAsync();
        for (int i = 1; i <= 3; i++)
        {
            await pub.WriteAsync($"line {i}\n");
            Assert.Equal($"\"line {i}\"", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
        }

        pub.Signal(UnixSignal.Interrupt);
        Assert.Equal(0, await pub.EndAsync());
        Assert.StartsWith("3 acknowledged; the last at ", pub.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_sub_prints_as_JSON_pub_takes_with_events_bytes_and_all()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using (var publisher = new HttpPublisher(Room(server)))
        {
            await publisher.PublishAsync("""{"a":[1e1,"é"]}"""u8.ToArray(), "application/json", "first", cancel: TestContext.Current.CancellationToken);
            await publisher.PublishAsync(new byte[] { 0, 255, 10 }, "application/octet-stream", "second", cancel: TestContext.Current.CancellationToken);
        }

        CommandRun sub = await CommandRun.RunAsync("sub", "lobby", "--after", "start", "--count", "2", "--json", "--quiet", "--url", $"{server.Mount}");
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "copy", "--as", "ndjson", "--url", $"{server.Mount}"]);
        await pub.WriteAsync(sub.Output, ends: true);

        Assert.Equal((0, ""), (await pub.EndAsync(), pub.Errors));
        List<ProbeFrame> copies = await EntriesAsync(server, 2, "copy");
        Assert.Equal(("first", """{"a":[1e1,"é"]}"""), (copies[0].Event, copies[0].Data));
        Assert.Equal("second", copies[1].Event);
        Assert.Equal([0, 255, 10], copies[1].Bytes);
    }

    [Fact]
    public async Task The_same_command_with_the_same_key_again_adds_nothing()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string[] args = ["pub", "lobby", "one", "two", "--idempotency-key", "a-key-that-nobody-can-guess-17", "--url", $"{server.Mount}"];
        CommandRun first = await CommandRun.RunAsync(args);
        CommandRun second = await CommandRun.RunAsync(args);

        Assert.Equal(first.Output.Replace("2 acknowledged", "2 acknowledged (2 of them published before)", StringComparison.Ordinal), second.Output);
        await EntriesAsync(server, 2);
    }

    [Fact]
    public async Task What_is_sent_again_because_answers_are_lost_is_stored_once_and_in_order()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using var relay = new Relay { Target = new IPEndPoint(IPAddress.Loopback, server.Root.Port) };
        relay.CutAfter(1, seed: 1);
        Task<CommandRun> running = CommandRun.RunAsync(["pub", "lobby", .. Enumerable.Range(1, 20).Select(static i => $"{i}"), "--url", $"http://{relay.Address}/rt"]);

        // The first is stored, and its answer is lost, at least once.
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, Room(server), ProbeStart.Oldest);
        await reader.JoinAsync();
        await reader.NextAsync(ProbeFrameKind.Entry);
        relay.CutAfter(0, seed: 1);
        CommandRun run = await running;

        Assert.Equal(0, run.Code);
        Assert.StartsWith("20 acknowledged (1 of them published before); the last at ", run.Output, StringComparison.Ordinal);
        Assert.Contains("it is tried again", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 20).Select(static i => $"\"{i}\""), (await EntriesAsync(server, 20)).Select(static entry => entry.Data));
    }

    [Fact]
    public async Task What_cannot_be_published_is_named_and_the_rest_goes_on()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await CommandRun.RunAsync("pub", "lobby", "1", "{", new string('9', 100_000), "4", "--as", "json", "--url", $"{server.Mount}");

        Assert.Equal(1, run.Code);
        Assert.Equal(["1", "4"], (await EntriesAsync(server, 2)).Select(static entry => entry.Data));
        Assert.StartsWith("2 acknowledged, 2 refused; the last at ", run.Output, StringComparison.Ordinal);
        string[] errors = run.Errors.TrimEnd('\n').Split('\n');
        Assert.StartsWith("godwit: entry 2 is not published: it is not JSON", errors[0], StringComparison.Ordinal);
        Assert.StartsWith("godwit: entry 3 is refused: 413 entry.too_large: ", errors[1], StringComparison.Ordinal);
        Assert.Equal(2, errors.Length);
    }

    [Fact]
    public async Task A_server_that_stays_away_is_given_up_and_what_was_acknowledged_is_told()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using var relay = new Relay { Target = new IPEndPoint(IPAddress.Loopback, server.Root.Port) };
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "lobby", "--json", "--retry-for", "1s", "--url", $"http://{relay.Address}/rt"]);
        await pub.WriteAsync("one\n");
        await UntilAsync(() => pub.Output.Contains("\"published\"", StringComparison.Ordinal));
        relay.Target = null;
        relay.Cut();
        await pub.WriteAsync("two\n", ends: true);

        Assert.Equal(1, await pub.EndAsync());
        Assert.Contains("this is given up (--retry-for)", pub.Errors, StringComparison.Ordinal);
        JsonElement end = JsonDocument.Parse(pub.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal(("end", 1, 1), (end.GetProperty("op").GetString(), end.GetProperty("acknowledged").GetInt32(), end.GetProperty("unknown").GetInt32()));
    }

    [Fact]
    public async Task What_is_given_up_before_anything_was_acknowledged_is_told_too()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using var relay = new Relay { Target = new IPEndPoint(IPAddress.Loopback, server.Root.Port) };
        relay.CutAfter(1, seed: 1);
        CommandRun run = await CommandRun.RunAsync("pub", "lobby", "one", "--retry-for", "0s", "--url", $"http://{relay.Address}/rt");

        Assert.Equal((1, "0 acknowledged, 1 sent and not answered\n"), (run.Code, run.Output));
        Assert.Contains("this is given up (--retry-for)", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_no_header_can_have_is_named_and_the_rest_goes_on()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await CommandRun.RunAsync("pub", "lobby", """{"data":1,"key":"clé"}""", """{"data":2}""", "--as", "ndjson", "--url", $"{server.Mount}");

        Assert.Equal(1, run.Code);
        Assert.Equal("godwit: entry 1 is not published: its \"key\" is none: An idempotency key is 1 to 128 visible ASCII characters.\n", run.Errors);
        Assert.StartsWith("1 acknowledged, 1 refused; ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_followed_through_a_cut_and_a_rotation()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(Log, "old\n", TestContext.Current.CancellationToken);
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "lobby", "--follow", Log, "--from-start", "--url", $"{server.Mount}"]);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, Room(server), ProbeStart.Oldest);
        await reader.JoinAsync();
        await NextIsAsync("old");
        await File.AppendAllTextAsync(Log, "added\n", TestContext.Current.CancellationToken);
        await NextIsAsync("added");

        // As copytruncate does.
        await using (var file = new FileStream(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        await UntilAsync(() => pub.Errors.Contains("was cut", StringComparison.Ordinal));
        await File.AppendAllTextAsync(Log, "after the cut\nhalf", TestContext.Current.CancellationToken);
        await NextIsAsync("after the cut");

        // The writer goes on with the old file until it is told.
        File.Move(Log, Log + ".1");
        await File.AppendAllTextAsync(Log + ".1", " a line", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Log, "new file\n", TestContext.Current.CancellationToken);
        await NextIsAsync("half a line");
        await NextIsAsync("new file");

        pub.Signal(UnixSignal.Interrupt);
        Assert.Equal(0, await pub.EndAsync());
        Assert.StartsWith("5 acknowledged; the last at ", pub.Output, StringComparison.Ordinal);

        async Task NextIsAsync(string text) => Assert.Equal($"\"{text}\"", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
    }

    [Fact]
    public async Task A_file_that_is_not_there_yet_is_waited_for_and_read_from_its_beginning()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using GodwitProcess pub = GodwitProcess.Begin(["pub", "lobby", "--follow", Log, "--url", $"{server.Mount}"]);
        await UntilAsync(() => pub.Errors.Contains("is not there yet", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Log, "first\n", TestContext.Current.CancellationToken);
        Assert.Equal("\"first\"", (await EntriesAsync(server, 1)).Single().Data);
    }

    [Theory]
    [InlineData("--follow publishes the lines of a file", "pub", "lobby", "data", "--follow", "f")]
    [InlineData("--from-start is for --follow", "pub", "lobby", "--from-start")]
    [InlineData("--as: it takes text, json or ndjson", "pub", "lobby", "x", "--as", "yaml")]
    [InlineData("--event: it takes ", "pub", "lobby", "x", "--event", "error")]
    [InlineData("--idempotency-key: it takes 1 to 128 visible ASCII characters", "pub", "lobby", "x", "--idempotency-key", "clé")]
    [InlineData("--retry-for: ", "pub", "lobby", "x", "--retry-for", "soon")]
    [InlineData("\"a b\" is no room: ", "pub", "a b", "x")]
    [InlineData("--follow: / is a directory", "pub", "lobby", "--follow", "/")]
    public async Task A_command_line_that_means_nothing_is_refused_with_the_reason(string expected, params string[] args) =>
        (await CommandRun.RunAsync(args)).AssertRefused(expected);

    private static ProbeTarget Room(RunningServer server, string room = "lobby") => server.Room() with { Room = room };

    /// <summary>The entries of the room, which are so many.</summary>
    private static async Task<List<ProbeFrame>> EntriesAsync(RunningServer server, int count, string room = "lobby")
    {
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.WebSocket, Room(server, room), ProbeStart.Oldest);
        await reader.JoinAsync();
        List<ProbeFrame> entries = await reader.EntriesAsync(count);
        await reader.AssertNothingElseAsync();
        return entries;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
