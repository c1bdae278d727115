using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class ContentTests(SharedServer shared)
{
    public static TheoryData<Via, string, string> Texts()
    {
        (string Sent, string Stored)[] texts =
        [
            ("null", "null"),
            (" { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : { } } ", "{\"b\":[1,2],\"a\":{}}"),
            ("1.50e+03", "1.50e+03"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("\"\\u0041\\/\\n\\u2028\\ud83d\\ude00\"", "\"\\u0041\\/\\n\\u2028\\ud83d\\ude00\""),
            ("\"Grüße 你好 😀 \u2028 \uFEFF\"", "\"Grüße 你好 😀 \u2028 \uFEFF\""),
            ("\"  two  spaces : and , commas  \"", "\"  two  spaces : and , commas  \""),
            ("{\"data\":1,\"op\":\"reset\",\"data\":2}", "{\"data\":1,\"op\":\"reset\",\"data\":2}"),
        ];
        var data = new TheoryData<Via, string, string>();
        int turn = 0;
        foreach ((string sent, string stored) in texts)
        {
            foreach (Via via in Over.Turn(turn++))
            {
                data.Add(via, sent, stored);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task JSON_loses_its_insignificant_whitespace_and_nothing_else(Via via, string sent, string stored)
    {
        Assert.Equal(stored, (await RoundTripAsync(via, Encoding.UTF8.GetBytes(sent), "application/json")).Data);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Text_arrives_as_a_JSON_string(Via via)
    {
        const string text = "line 1\r\nline 2\t\"quoted\" \\ \0 ü😀";
        ProbeFrame entry = await RoundTripAsync(via, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
        Assert.Equal(text, JsonDocument.Parse(entry.Data!).RootElement.GetString());
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Octets_arrive_as_they_were(Via via)
    {
        byte[] octets = RandomNumberGenerator.GetBytes(1000);
        ProbeFrame entry = await RoundTripAsync(via, octets, "application/octet-stream");
        Assert.Equal(octets, entry.Bytes);
        Assert.Null(entry.Data);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task No_octets_at_all_are_an_entry(Via via)
    {
        ProbeFrame entry = await RoundTripAsync(via, [], "application/octet-stream");
        Assert.NotNull(entry.Bytes);
        Assert.Empty(entry.Bytes);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task The_event_is_what_was_published_and_nobody_is_named(Via via)
    {
        string name = "order.line:added-" + new string('x', 47);
        ProbeFrame entry = await RoundTripAsync(via, "1"u8.ToArray(), "application/json", name);
        Assert.Equal(name, entry.Event);
        Assert.Null(entry.From);
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task An_entry_is_the_same_frame_on_every_transport(Via via)
    {
        ProbeTarget target = shared.Room() with { Full = true };
        await Reading.FillAsync(target, 1);
        await using ReaderProbe other = ReaderProbe.Open(ProbeTransport.HttpStream, target, ProbeStart.Oldest);
        await other.JoinAsync();
        ProbeFrame expected = await other.NextAsync(ProbeFrameKind.Entry);

        await using ReaderProbe reader = via.Open(target, ProbeStart.Oldest);
        await reader.JoinAsync();

        ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
        Assert.Equal(
            (expected.Position, expected.Offset, expected.Event, expected.Data, expected.Time),
            (entry.Position, entry.Offset, entry.Event, entry.Data, entry.Time));
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Entries_of_64_KiB_go_through(Via via)
    {
        ProbeTarget target = shared.Room();
        await using var publisher = new HttpPublisher(target);
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        for (int i = 0; i < 5; i++)
        {
            string json = "\"" + new string((char)('a' + i), (64 << 10) - 2) + "\"";
            await publisher.PublishAsync(json, TestContext.Current.CancellationToken);
            Assert.True(json == (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
        }

        PublishOutcome outcome = await publisher.PublishAsync("\"" + new string('a', (64 << 10) - 1) + "\"", TestContext.Current.CancellationToken);
        Assert.Equal((413, "entry.too_large"), (outcome.Status, outcome.Code));
        await reader.AssertNothingElseAsync();
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Entries_of_1_MiB_go_through_where_the_policy_allows_them(Via via)
    {
        ProbeTarget target = shared.RoomOfLarge();
        await using var publisher = new HttpPublisher(target);
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        for (int i = 0; i < 3; i++)
        {
            string json = "\"" + new string((char)('a' + i), (1 << 20) - 2) + "\"";
            await publisher.PublishAsync(json, TestContext.Current.CancellationToken);
            Assert.True(json == (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
        }

        await using ReaderProbe later = via.Open(target, ProbeStart.Oldest);
        await later.JoinAsync();
        Assert.Equal([1 << 20, 1 << 20, 1 << 20], (await later.EntriesAsync(1, 3)).Select(entry => entry.Data!.Length));
    }

    private async Task<ProbeFrame> RoundTripAsync(Via via, byte[] body, string mediaType, string? name = null)
    {
        ProbeTarget target = shared.Room() with { Full = true };
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        await using var publisher = new HttpPublisher(target);
        PublishOutcome outcome = await publisher.PublishAsync(body, mediaType, name, cancel: TestContext.Current.CancellationToken);
        Assert.True(outcome.Status == 201, outcome.Raw);
        return await reader.NextAsync(ProbeFrameKind.Entry);
    }
}
