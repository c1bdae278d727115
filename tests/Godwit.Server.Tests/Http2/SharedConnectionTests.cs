using System.Net;
using System.Text;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Http2;

/// <summary>Many readers on one HTTP/2 connection: what befalls one stream befalls no other.</summary>
public sealed class SharedConnectionTests(SharedServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_that_stalls_is_ended_alone()
    {
        // In real time: what is shown is that the server's own limit comes before Kestrel's, which ends the connection.
        await using RunningServer server = await RunningServer.StartAsync(engine: options =>
        {
            SharedServer.Policies(options);
            options.StallLimit = TimeSpan.FromSeconds(10);
            options.Heartbeat = TimeSpan.FromSeconds(1);
        });
        ProbeTarget stalled = server.Room("large").Over(Carrier.H2c);
        ProbeTarget other = server.Room().Over(Carrier.H2c);
        using var connection = new ProbeConnection(stalled);
        using HttpResponseMessage stalling = await GetAsync(connection, stalled.Address("after=now"));
        using HttpResponseMessage going = await GetAsync(connection, other.Address("after=now"));
        await using Stream frames = await going.Content.ReadAsStreamAsync(Cancel);
        using var lines = new StreamReader(frames, Encoding.UTF8);
        Assert.Contains("joined", await lines.ReadLineAsync(Cancel), StringComparison.Ordinal);

        // More than the window of a stream that is not read.
        for (int i = 0; i < 20; i++)
        {
            await Reading.PublishAsync(stalled, $"\"{new string('x', 48 << 10)}\"");
        }

        // Heartbeats of the other stream tell the time until the stall limit is over.
        var engine = server.Services.GetRequiredService<GodwitEngine>();
        while (engine.Held(ReadTransport.HttpStream) > 1)
        {
            Assert.Equal("", await lines.ReadLineAsync(Cancel));
        }

        await Assert.ThrowsAnyAsync<Exception>(async () => await stalling.Content.CopyToAsync(Stream.Null, Cancel));
        await Reading.PublishAsync(other, "1");
        string? line;
        do
        {
            line = await lines.ReadLineAsync(Cancel);
        }
        while (line is "");

        Assert.Contains("\"data\":1", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_goes_away_takes_no_other_with_it()
    {
        ProbeTarget target = shared.Room().Over(Carrier.Tls);
        using var connection = new ProbeConnection(target);
        using HttpResponseMessage stays = await GetAsync(connection, target.Address("after=now"));
        await using Stream frames = await stays.Content.ReadAsStreamAsync(Cancel);
        using var lines = new StreamReader(frames, Encoding.UTF8);
        await lines.ReadLineAsync(Cancel);
        for (int i = 0; i < 20; i++)
        {
            using HttpResponseMessage goes = await GetAsync(connection, target.Address("after=now"));
        }

        await Reading.PublishAsync(target, "1");

        Assert.Contains("\"data\":1", await lines.ReadLineAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_rooms_are_read_on_one_connection()
    {
        ProbeTarget target = shared.Room().Over(Carrier.H2c);
        using var connection = new ProbeConnection(target);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => GetAsync(connection, (target with { Room = $"{target.Room}-{i}" }).Address("after=now")))).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version)));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_publish_stream_is_answered_line_by_line_over_HTTP_2()
    {
        ProbeTarget target = shared.Room().Over(Carrier.Tls);
        using var connection = new ProbeConnection(target);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Mount, "rt/publish"))
        {
            Content = new StringContent($"{{\"room\":\"{target.Room}\",\"data\":1}}\nnonsense\n{{\"room\":\"{target.Room}\",\"data\":2}}\n", Encoding.UTF8, "application/x-ndjson"),
        };
        using HttpResponseMessage answer = await connection.SendAsync(request, Cancel);

        string[] lines = (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(HttpVersion.Version20, answer.Version);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"position\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"code\":", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"position\"", lines[2], StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> GetAsync(ProbeConnection connection, Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", "application/x-ndjson");
        return connection.SendAsync(request, Cancel);
    }
}
