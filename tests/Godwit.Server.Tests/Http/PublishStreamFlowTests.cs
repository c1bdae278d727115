using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Http;

/// <summary>How a publish stream goes on: slow, cut, broken off, stopped.</summary>
public class PublishStreamFlowTests
{
    private const string Line = "{\"room\":\"r\",\"data\":1}\n";
    private static readonly string Stored = $$"""{"position":"{{RecordingBroker.Position}}","duplicate":false}""" + "\n";

    [Fact]
    public async Task Each_answer_follows_its_line_while_the_body_goes_on()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        for (int i = 0; i < 20; i++)
        {
            await socket.SendAsync(Chunk(Line));
            await socket.ReadUntilAsync(Stored);
        }

        await socket.SendAsync(Chunk(Line.TrimEnd()) + "0\r\n\r\n");
        Assert.EndsWith(Stored + "\r\n0\r\n\r\n", await socket.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_do_not_wait_for_a_store_that_is_slow_with_a_later_line()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        var slow = new TaskCompletionSource<Appended>();
        int count = 0;
        server.Broker.Answer = () => ++count == 2 ? slow.Task : Task.FromResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        using Socket socket = await BeginAsync(server);
        await socket.SendAsync(Chunk(Line + Line + Line));
        await socket.ReadUntilAsync(Stored);
        Assert.Equal(2, server.Broker.Appends.Count); // The third waits for the second.
        slow.SetResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        await socket.ReadUntilAsync(Stored);
    }

    [Fact]
    public async Task A_body_that_comes_octet_by_octet_is_taken_like_one_that_comes_at_once()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        const string body = "{\"room\":\"r\",\"data\":\"€ 😀\"}\r\n\n{\"room\":\"s\",\"bytes\":\"AAAA\"}\nx\n{\"rooms\":[\"t\"],\"data\":[ 1 ]}";
        foreach (byte octet in Encoding.UTF8.GetBytes(body))
        {
            await socket.SendAsync("1\r\n");
            await socket.SendAsync((byte[])[octet, (byte)'\r', (byte)'\n'], TestContext.Current.CancellationToken);
        }

        await socket.SendAsync("0\r\n\r\n");
        string answer = await socket.ReadToEndAsync();
        Assert.Contains("{\"rooms\":{\"t\":{\"position\":", answer, StringComparison.Ordinal);
        Assert.Contains("\"line\":4", answer, StringComparison.Ordinal);
        Assert.Equal(["r \"€ 😀\"", "s \0\0\0", "t [1]"], server.Broker.Appends.Select(append => $"{append.Room} {Encoding.UTF8.GetString(append.Content.Data)}"));
    }

    [Fact]
    public async Task What_arrived_whole_is_published_though_the_client_hangs_up_and_a_half_line_is_not()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        var began = new TaskCompletionSource();
        var stored = new TaskCompletionSource<Appended>();
        var last = new TaskCompletionSource();
        int count = 0;
        server.Broker.Answer = () =>
        {
            switch (++count)
            {
                case 1:
                    began.SetResult();
                    return stored.Task;
                case 100:
                    last.SetResult();
                    break;
            }

            return Task.FromResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        };
        using (Socket socket = await BeginAsync(server))
        {
            string lines = string.Concat(Enumerable.Repeat(Line, 100));
            await socket.SendAsync($"{lines.Length + 10:x}\r\n{lines}{Line[..10]}\r\n");
            await began.Task.WaitAsync(TestContext.Current.CancellationToken);
            socket.LingerState = new(true, 0);
        }

        stored.SetResult(new Appended(AppendOutcome.Stored, RecordingBroker.Position));
        await last.Task.WaitAsync(TestContext.Current.CancellationToken);
        await server.StopAsync();
        Assert.Equal(100, server.Broker.Appends.Count);
        Assert.All(server.Broker.Appends, append => Assert.False(append.CanBeCancelled));
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_body_that_breaks_off_in_a_line_publishes_nothing_of_it_and_is_no_failure()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        await socket.SendAsync(Chunk(Line));
        await socket.ReadUntilAsync(Stored);
        await socket.SendAsync(Chunk("{\"room\":\"r\",\"data\":1}"));
        socket.Shutdown(SocketShutdown.Send);
        Assert.DoesNotContain("0\r\n\r\n", await socket.ReadToEndAsync(), StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Single(server.Broker.Appends);
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_request_that_is_broken_after_the_first_answer_ends_with_a_problem()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        await socket.SendAsync(Chunk(Line));
        await socket.ReadUntilAsync(Stored);
        await socket.SendAsync("nonsense\r\n");
        string rest = await socket.ReadToEndAsync();
        Assert.Contains("\"code\":\"request.malformed\"", rest, StringComparison.Ordinal);
        Assert.Contains("\"line\":2", rest, StringComparison.Ordinal);
        Assert.EndsWith("0\r\n\r\n", rest, StringComparison.Ordinal);
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task A_request_that_is_broken_before_the_first_answer_is_400()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        await socket.SendAsync("nonsense\r\n");
        string answer = await socket.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request.malformed\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publisher_that_is_slower_than_the_web_server_likes_is_not_cut_off()
    {
        await using RoomServer server = await RoomServer.StartAsync(kestrel: options =>
        {
            options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 1e9, gracePeriod: TimeSpan.FromMilliseconds(1001));
            options.Limits.MaxRequestBodySize = 30;
        });
        using Socket socket = await BeginAsync(server);
        DateTime end = DateTime.UtcNow.AddSeconds(3);
        do
        {
            await socket.SendAsync(Chunk(Line));
            await socket.ReadUntilAsync(Stored);
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }
        while (DateTime.UtcNow < end);
        await socket.SendAsync("0\r\n\r\n");
        Assert.EndsWith("\r\n0\r\n\r\n", await socket.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_not_complete_within_a_minute_ends_the_stream_with_a_problem()
    {
        var time = new FakeTimeProvider();
        await using RoomServer server = await RoomServer.StartAsync(services: services => services.AddSingleton<TimeProvider>(time));
        using Socket socket = await BeginAsync(server);
        for (int i = 0; i < 3; i++)
        {
            // Lines keep the stream, however long it gets.
            await socket.SendAsync(Chunk(Line));
            await socket.ReadUntilAsync(Stored);
            time.Advance(LinePatience.Limit - TimeSpan.FromSeconds(1));
        }

        Task<string> rest = socket.ReadUntilAsync("}\n\r\n0\r\n\r\n");
        while (!rest.IsCompleted)
        {
            // Octets without a line do not.
            await socket.SendAsync(Chunk("  "));
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        string answer = await rest;
        Assert.Contains("\"code\":\"body.timeout\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"line\":4", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_says_so_and_does_not_wait_for_the_publisher()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        using Socket socket = await BeginAsync(server);
        await socket.SendAsync(Chunk(Line));
        await socket.ReadUntilAsync(Stored);
        Task stopped = server.StopAsync();
        string rest = await socket.ReadUntilAsync("}\n\r\n0\r\n\r\n");
        Assert.Contains("\"code\":\"drain\"", rest, StringComparison.Ordinal);
        Assert.Contains("\"line\":2", rest, StringComparison.Ordinal);
        socket.Close();
        await stopped;
    }

    [Fact]
    public async Task A_publisher_that_takes_no_answers_is_not_read_from_without_bound()
    {
        await using RoomServer server = await RoomServer.StartAsync(kestrel: options => options.Limits.MinResponseDataRate = null);
        using Socket socket = await BeginAsync(server);
        byte[] lines = Encoding.ASCII.GetBytes(Chunk(string.Concat(Enumerable.Repeat(Line, 1000))));
        socket.Blocking = false;

        // Neither side buffers 100 MB: sending comes to a halt, and does not go on as long as nothing is read.
        int halted = 0;
        long sent = 0;
        ReadOnlyMemory<byte> left = lines;
        while (halted < 50)
        {
            int taken = socket.Send(left.Span, SocketFlags.None, out SocketError error);
            sent += taken;
            Assert.InRange(sent, 0, 100_000_000);
            left = taken == left.Length ? lines : left[taken..];
            halted = error == SocketError.WouldBlock ? halted + 1 : 0;
            if (halted > 0)
            {
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        // And once the answers are taken it goes on, with none missing.
        int before = server.Broker.Appends.Count;
        Task<int> answers = CountAnswersAsync(socket);
        socket.Blocking = true;
        await socket.SendAsync(left, TestContext.Current.CancellationToken);
        await socket.SendAsync("0\r\n\r\n");
        int answered = await answers;
        Assert.Equal(server.Broker.Appends.Count, answered);
        Assert.InRange(answered, before + 1, int.MaxValue);
    }

    [Fact]
    public async Task Lines_that_came_all_at_once_do_not_pile_up_their_answers()
    {
        var body = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await body.Writer.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Line, 10_000))), TestContext.Current.CancellationToken);
        await body.Writer.CompleteAsync();
        var answers = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answers.Writer.AsStream()));
        var broker = new RecordingBroker();
        using var lines = new LineReader(body.Reader, 1000);
        using var patience = new LinePatience(TimeProvider.System, null);
        var stream = new PublishStream(lines, patience, broker, new RoomAccess(new RoomPolicies([])), null, Caller.Unchecked, new RecentDestinations(new RoomPolicies([])), context.Response, 1000, NullLogger.Instance);

        Task run = stream.RunAsync();
        Assert.False(run.IsCompleted);
        Assert.InRange(broker.Appends.Count * Stored.Length, 1, 64 << 10);

        int taken = 0;
        while (taken < 10_000 * Stored.Length)
        {
            ReadResult read = await answers.Reader.ReadAsync(TestContext.Current.CancellationToken);
            taken += (int)read.Buffer.Length;
            answers.Reader.AdvanceTo(read.Buffer.End);
        }

        await run;
        Assert.Equal(10_000, broker.Appends.Count);
    }

    private static async Task<int> CountAnswersAsync(Socket socket)
    {
        int count = 0;
        byte[] buffer = new byte[1 << 16];
        while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and int read)
        {
            count += buffer.AsSpan(0, read).Count((byte)'}');
        }

        return count;
    }

    private static async Task<Socket> BeginAsync(RoomServer server)
    {
        Socket socket = await server.ConnectAsync();
        await socket.SendAsync("POST /rt/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
        return socket;
    }

    private static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";
}
