using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>What is particular to one streaming transport.</summary>
public sealed class StreamTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_silent_stream_has_heartbeats_and_goes_on(Via via)
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.Heartbeat = TimeSpan.FromSeconds(1));
        ProbeTarget target = server.Room();
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        string position = (await reader.JoinAsync()).Position!;

        for (int i = 0; i < 2; i++)
        {
            ProbeFrame frame = await reader.AnyAsync();
            Assert.True(frame.Kind == ProbeFrameKind.Heartbeat, frame.ToString());
        }

        Assert.Equal(position, reader.Position);
        await reader.AssertNothingElseAsync();
    }

    [Fact]
    public async Task The_first_block_of_an_event_stream_has_retry_and_id_and_nothing_else()
    {
        ProbeTarget target = shared.Room();
        string head = (await Reading.FillAsync(target, 2))[^1];
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target, ProbeStart.Now);

        ProbeFrame joined = await reader.AnyAsync();

        Assert.Equal((2000, head), (joined.Retry, joined.Position));
        Assert.Equal(["id", "retry"], joined.Raw.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.IndexOf(':')]).Order());
    }

    [Fact]
    public async Task A_verdict_other_than_ok_stands_inside_the_first_block_of_an_event_stream()
    {
        ProbeTarget target = shared.RoomOfFive();
        List<string> positions = await Reading.FillAsync(target, 20);
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target, ProbeStart.After(positions[0]));

        ProbeFrame joined = await reader.AnyAsync();

        // The probe's strict reading has made sure that id and frame belong together.
        Assert.Equal((ProbeFrameKind.Joined, 2000, Verdict.Gap), (joined.Kind, joined.Retry, joined.Verdict));
        Assert.Equal(new OffsetRange(2, 15), joined.Missing);
    }

    [Fact]
    public async Task Last_Event_ID_beats_after_and_last()
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 9);
        ProbeTarget reconnecting = target with { Headers = [new("Last-Event-ID", positions[5])] };

        foreach (ProbeStart start in (ProbeStart[])[ProbeStart.Unsaid, ProbeStart.Oldest, ProbeStart.Now, ProbeStart.Last(2), ProbeStart.After(positions[1])])
        {
            await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ServerSentEvents, reconnecting, start);
            await reader.JoinAsync();
            await reader.EntriesAsync(7, 9);
        }
    }

    [Fact]
    public async Task A_Last_Event_ID_that_is_no_position_is_refused()
    {
        ProbeTarget target = shared.Room() with { Headers = [new("Last-Event-ID", "17")] };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target, ProbeStart.Now);
        ProbeFrame refusal = await reader.RefusalAsync();
        Assert.Equal((400, "position.invalid"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task An_event_stream_carries_the_data_alone_and_with_full_the_frame()
    {
        ProbeTarget target = shared.Room();
        await using var publisher = new HttpPublisher(target);
        await publisher.PublishAsync("{\"a\":1}"u8.ToArray(), "application/json", "changed", cancel: TestContext.Current.CancellationToken);
        await publisher.PublishAsync(new byte[] { 1, 2, 3 }, "application/octet-stream", cancel: TestContext.Current.CancellationToken);

        await using ReaderProbe plain = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target, ProbeStart.Oldest);
        await plain.JoinAsync();
        List<ProbeFrame> entries = await plain.EntriesAsync(1, 2);
        Assert.Equal(("changed", "{\"a\":1}"), (entries[0].Event, entries[0].Data));
        Assert.Equal(("message", "\"AQID\""), (entries[1].Event, entries[1].Data));

        await using ReaderProbe full = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target with { Full = true }, ProbeStart.Oldest);
        await full.JoinAsync();
        List<ProbeFrame> frames = await full.EntriesAsync(1, 2);
        Assert.Equal(("changed", "{\"a\":1}"), (frames[0].Event, frames[0].Data));
        Assert.Equal([1, 2, 3], frames[1].Bytes!);
        Assert.NotNull(frames[1].Time);
    }

    [Fact]
    public async Task Proxies_are_told_not_to_buffer_or_keep_a_stream()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (string type in (string[])["text/event-stream", "application/x-ndjson"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, shared.Room().Address());
            request.Headers.TryAddWithoutValidation("Accept", type);
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Accel-Buffering")));
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_reader_that_stops_reading_holds_nobody_up_and_still_gets_everything_once(Via via)
    {
        ProbeTarget target = shared.RoomOfLarge();
        await using ReaderProbe slow = via.Open(target with { ReceiveBuffer = 8 << 10 }, ProbeStart.Now);
        await using ReaderProbe quick = via.Open(target, ProbeStart.Now);
        await slow.JoinAsync();
        await quick.JoinAsync();

        // More than the kernel's buffers and the tail hold, so that the slow one falls behind and must be fed from the log.
        const int count = 300;
        await using var publisher = new HttpPublisher(target);
        Task<List<ProbeFrame>> reading = quick.EntriesAsync(1, count);
        for (int i = 1; i <= count; i++)
        {
            await publisher.PublishAsync($"\"{i:d6}{new string('x', 48 << 10)}\"", TestContext.Current.CancellationToken);
        }

        await reading;
        List<ProbeFrame> late = await slow.EntriesAsync(1, count);
        Assert.Equal(Enumerable.Range(1, count).Select(i => $"\"{i:d6}"), late.Select(entry => entry.Data![..7]));
        await slow.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.Streams), MemberType = typeof(Over))]
    public async Task A_reader_that_falls_out_of_retention_while_connected_is_told_the_exact_gap(Via via)
    {
        ProbeTarget target = shared.RoomOfFive();
        await using ReaderProbe slow = via.Open(target with { ReceiveBuffer = 8 << 10 }, ProbeStart.Now);
        await slow.JoinAsync();
        await using var publisher = new HttpPublisher(target);
        const int count = 600;
        for (int i = 1; i <= count; i++)
        {
            await publisher.PublishAsync($"\"{new string('x', 48 << 10)}\"", TestContext.Current.CancellationToken);
        }

        long next = 1;
        bool told = false;
        while (next <= count)
        {
            ProbeFrame frame = await slow.NextAsync();
            if (frame.Kind == ProbeFrameKind.Gap)
            {
                Assert.Equal(next, frame.Missing!.Value.From);
                Assert.Equal(ProbeFrameParser.OffsetOf(frame.Position!), frame.Missing.Value.To);
                next = frame.Missing.Value.To + 1;
                told = true;
                continue;
            }

            Assert.Equal((ProbeFrameKind.Entry, next), (frame.Kind, frame.Offset));
            next++;
        }

        Assert.True(told, "28 MiB went through to a reader that did not read, in a room that keeps five entries.");
        await slow.AssertNothingElseAsync();
    }
}
