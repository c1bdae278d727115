using System.Net;
using System.Text.Json;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class PollTests(SharedServer shared)
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    [Fact]
    public async Task Following_next_blindly_gives_everything()
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 50);
        Uri address = target.Address("after=start", "limit=7");
        var offsets = new List<long>();
        int answers = 0;

        bool more = true;
        while (more)
        {
            JsonElement answer = await GetAsync(address);
            offsets.AddRange(answer.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("offset").GetInt64()));
            Assert.True(answer.GetProperty("entries").GetArrayLength() <= 7);
            more = answer.TryGetProperty("more", out _);
            address = new Uri(address, answer.GetProperty("next").GetString());
            answers++;
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), offsets);
        Assert.Equal(8, answers);
    }

    [Fact]
    public async Task Next_keeps_limit_and_wait()
    {
        ProbeTarget target = shared.Room();
        await Reading.FillAsync(target, 5);
        JsonElement answer = await GetAsync(target.Address("after=start", "limit=3", "wait=0.25"));

        JsonElement following = await GetAsync(new Uri(target.Address(), answer.GetProperty("next").GetString()));
        string next = following.GetProperty("next").GetString()!;

        Assert.Equal(2, following.GetProperty("entries").GetArrayLength());
        Assert.Contains("limit=3", next, StringComparison.Ordinal);
        Assert.Contains("wait=0.25", next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_ends_at_a_hundred_entries_by_default_and_at_a_thousand_at_most()
    {
        ProbeTarget target = shared.Room();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Reading.FillAsync(target, 260)));

        JsonElement standard = await GetAsync(target.Address("after=start"));
        JsonElement most = await GetAsync(target.Address("after=start", "limit=1000"));

        Assert.Equal((100, true), (standard.GetProperty("entries").GetArrayLength(), standard.TryGetProperty("more", out _)));
        Assert.Equal((1000, true), (most.GetProperty("entries").GetArrayLength(), most.TryGetProperty("more", out _)));
    }

    [Fact]
    public async Task An_answer_ends_at_1_MiB_with_at_least_one_entry()
    {
        ProbeTarget target = shared.RoomOfLarge();
        await using var publisher = new HttpPublisher(target);
        string json = "\"" + new string('x', 300_000) + "\"";
        for (int i = 0; i < 5; i++)
        {
            await publisher.PublishAsync(json, TestContext.Current.CancellationToken);
        }

        await publisher.PublishAsync("\"" + new string('x', (1 << 20) - 2) + "\"", TestContext.Current.CancellationToken);

        JsonElement first = await GetAsync(target.Address("after=start", "limit=1000"));
        Assert.Equal(3, first.GetProperty("entries").GetArrayLength());
        JsonElement second = await GetAsync(new Uri(target.Address(), first.GetProperty("next").GetString()));
        Assert.Equal(2, second.GetProperty("entries").GetArrayLength());
        JsonElement third = await GetAsync(new Uri(target.Address(), second.GetProperty("next").GetString()));
        Assert.Equal(1, third.GetProperty("entries").GetArrayLength());
        Assert.False(third.TryGetProperty("more", out _));
    }

    [Fact]
    public async Task Before_pages_backwards_to_the_beginning()
    {
        ProbeTarget target = shared.Room();
        List<string> positions = await Reading.FillAsync(target, 23);
        Uri? address = target.Address("before=" + positions[^1], "limit=5");
        var offsets = new List<long>();

        for (int pages = 0; address is not null; pages++)
        {
            JsonElement answer = await GetAsync(address);
            List<long> page = [.. answer.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("offset").GetInt64())];
            Assert.Equal(page.Order(), page);
            offsets.InsertRange(0, page);
            address = answer.TryGetProperty("previous", out JsonElement previous) ? new Uri(address, previous.GetString()) : null;
            if (page.Count == 0)
            {
                break;
            }

            Assert.True(pages < 10, "The pages do not come to an end.");
        }

        Assert.Equal(Enumerable.Range(1, 22).Select(i => (long)i), offsets);
    }

    [Fact]
    public async Task A_long_poll_is_answered_by_the_publish_it_waits_for()
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.LongPoll, target, ProbeStart.Unsaid);
        await reader.JoinAsync();
        Task<ProbeFrame> held = reader.AnyAsync();

        // Other requests go by while it is held; if it had been answered early, it would be without the entry.
        await GetAsync(target.Address());
        await Reading.FillAsync(target, 1);

        ProbeFrame head = await held;
        Assert.Equal(1, ProbeFrameParser.OffsetOf(head.Position!));
        await reader.EntriesAsync(1, 1);
    }

    [Fact]
    public async Task A_long_poll_without_news_is_answered_with_the_same_position_when_its_time_is_up()
    {
        ProbeTarget target = shared.Room();
        string head = (await Reading.FillAsync(target, 3))[^1];

        JsonElement answer = await GetAsync(target.Address("after=" + head, "wait=0.2"));

        Assert.Equal(head, answer.GetProperty("position").GetString());
        Assert.Equal("ok", answer.GetProperty("verdict").GetString());
        Assert.Equal(0, answer.GetProperty("entries").GetArrayLength());
        Assert.False(answer.TryGetProperty("more", out _));
    }

    [Fact]
    public async Task A_wait_of_zero_counts_as_given()
    {
        ProbeTarget target = shared.Room();
        string head = (await Reading.FillAsync(target, 3))[^1];

        JsonElement answer = await GetAsync(target.Address("wait=0"));

        Assert.Equal((head, 0), (answer.GetProperty("position").GetString(), answer.GetProperty("entries").GetArrayLength()));
    }

    [Fact]
    public async Task A_wait_above_the_cap_is_cut_to_it()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.MaxWait = TimeSpan.FromSeconds(1));
        JsonElement answer = await GetAsync(server.Room().Address("after=now", "wait=100000"));
        Assert.Equal(0, answer.GetProperty("entries").GetArrayLength());
    }

    [Fact]
    public async Task A_verdict_other_than_ok_is_answered_at_once()
    {
        ProbeTarget target = shared.Room();
        string foreign = (await Reading.FillAsync(shared.Room(), 1))[0];

        JsonElement answer = await GetAsync(target.Address("after=" + foreign, "wait=55"));

        Assert.Equal("reset", answer.GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_short_poll_is_told_when_to_come_back()
    {
        await using var reader = new ShortPollReader(shared.Room(), ProbeStart.Unsaid);
        await reader.JoinAsync();
        Assert.NotNull(reader.PollAfter);
    }

    private static async Task<JsonElement> GetAsync(Uri address)
    {
        using HttpResponseMessage answer = await Client.GetAsync(address, TestContext.Current.CancellationToken);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        return JsonDocument.Parse(body).RootElement;
    }
}
