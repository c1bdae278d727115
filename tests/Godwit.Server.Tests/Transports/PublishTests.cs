using System.Text;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class PublishTests(SharedServer shared)
{
    private static string NewKey() => Guid.NewGuid().ToString("N");

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_publish_repeated_with_its_key_adds_nothing(Via via)
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        await using var publisher = new HttpPublisher(target);
        string key = NewKey();

        PublishOutcome first = await PublishAsync(publisher, "{\"a\": 1}", key);
        PublishOutcome again = await PublishAsync(publisher, "{\"a\":1}", key);

        Assert.Equal((201, false), (first.Status, first.Duplicate));
        Assert.Equal((200, true, first.Position), (again.Status, again.Duplicate, again.Position));
        await reader.EntriesAsync(1, 1);
        await reader.AssertNothingElseAsync();
    }

    [Fact]
    public async Task One_of_many_simultaneous_publishes_with_a_key_is_the_first()
    {
        ProbeTarget target = shared.Room();
        string key = NewKey();
        List<HttpPublisher> publishers = [.. Enumerable.Range(0, 8).Select(_ => new HttpPublisher(target))];

        PublishOutcome[] outcomes = await Task.WhenAll(publishers.Select(publisher => PublishAsync(publisher, "1", key)));

        Assert.Single(outcomes, outcome => !outcome.Duplicate);
        Assert.Single(outcomes.Select(outcome => outcome.Position).Distinct());
        foreach (HttpPublisher publisher in publishers)
        {
            await publisher.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_key_used_again_for_other_data_or_another_event_is_refused()
    {
        await using var publisher = new HttpPublisher(shared.Room());
        string key = NewKey();
        await PublishAsync(publisher, "1", key);

        Assert.Equal((422, "key.reused"), Refusal(await PublishAsync(publisher, "2", key)));
        Assert.Equal((422, "key.reused"), Refusal(await PublishAsync(publisher, "1", key, name: "other")));
        Assert.True((await PublishAsync(publisher, "1", key)).Duplicate);
    }

    [Fact]
    public async Task A_key_in_quotes_is_the_same_key()
    {
        await using var publisher = new HttpPublisher(shared.Room());
        string key = NewKey();
        await PublishAsync(publisher, "1", key);

        Assert.True((await PublishAsync(publisher, "1", $"\"{key}\"")).Duplicate);
    }

    [Fact]
    public async Task A_key_belongs_to_its_room()
    {
        string key = NewKey();
        await using var one = new HttpPublisher(shared.Room());
        await using var other = new HttpPublisher(shared.Room());
        await PublishAsync(one, "1", key);

        Assert.False((await PublishAsync(other, "1", key)).Duplicate);
    }

    [Fact]
    public async Task A_key_that_can_be_guessed_is_refused()
    {
        await using var publisher = new HttpPublisher(shared.Room());

        Assert.Equal((400, "key.weak"), Refusal(await PublishAsync(publisher, "1", "order-17")));
        Assert.Equal((400, "key.weak"), Refusal(await PublishAsync(publisher, "1", new string('k', 21))));
        Assert.Equal(201, (await PublishAsync(publisher, "1", new string('k', 22))).Status);
    }

    [Theory]
    [InlineData("", "parameter.empty")]
    [InlineData("a b", "event.invalid")]
    [InlineData("größe", "event.invalid")]
    [InlineData("godwit", "event.reserved")]
    [InlineData("error", "event.reserved")]
    [InlineData("open", "event.reserved")]
    public async Task An_event_that_readers_could_not_tell_from_their_own_is_refused(string name, string code)
    {
        await using var publisher = new HttpPublisher(shared.Room());
        PublishOutcome outcome = await PublishAsync(publisher, "1", key: null, name);
        Assert.Equal((400, code), Refusal(outcome));
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task What_is_published_on_a_websocket_reaches_every_transport(Via via)
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe reader = via.Open(target, ProbeStart.Now);
        await reader.JoinAsync();
        await using var publisher = new WebSocketPublisher(target);

        for (int i = 1; i <= 5; i++)
        {
            PublishOutcome outcome = await publisher.PublishAsync($"{{\"n\":{i}}}", TestContext.Current.CancellationToken);
            ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
            Assert.Equal((outcome.Position, $"{{\"n\":{i}}}", "message"), (entry.Position, entry.Data, entry.Event));
        }
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task What_is_published_in_a_session_reaches_every_transport(Via via)
    {
        ProbeTarget target = shared.Room();
        await using ReaderProbe reader = via.Open(target with { Full = true }, ProbeStart.Now);
        await reader.JoinAsync();
        await using var publisher = new SessionPublisher(target.Over(via.Carrier()), via.Probe() is ProbeTransport.SessionDataChannel or ProbeTransport.SessionStream ? ProbeTransport.SessionDataChannel : ProbeTransport.SessionWebSocket);

        for (int i = 1; i <= 5; i++)
        {
            PublishOutcome outcome = await publisher.PublishAsync($"{{\"n\":{i}}}", "counted", NewKey(), TestContext.Current.CancellationToken);
            ProbeFrame entry = await reader.NextAsync(ProbeFrameKind.Entry);
            Assert.Equal((outcome.Position, $"{{\"n\":{i}}}", "counted"), (entry.Position, entry.Data, entry.Event));
        }
    }

    [Theory]
    [MemberData(nameof(Over.Carriers), MemberType = typeof(Over))]
    public async Task A_publish_repeated_in_a_session_or_by_POST_adds_nothing(Carrier carrier)
    {
        ProbeTarget target = shared.Room().Over(carrier);
        await using var session = new SessionPublisher(target);
        await using var post = new HttpPublisher(target);
        string key = NewKey();

        PublishOutcome first = await session.PublishAsync("[1, 2]", name: null, key, TestContext.Current.CancellationToken);
        PublishOutcome again = await session.PublishAsync("[1,2]", name: null, key, TestContext.Current.CancellationToken);
        PublishOutcome posted = await PublishAsync(post, "[1,2]", key);
        PublishOutcome other = await session.PublishAsync("[1,3]", name: null, key, TestContext.Current.CancellationToken);

        Assert.Equal((201, false), (first.Status, first.Duplicate));
        Assert.Equal((200, true, first.Position), (again.Status, again.Duplicate, again.Position));
        Assert.Equal((200, true, first.Position), (posted.Status, posted.Duplicate, posted.Position));
        Assert.Equal((422, "key.reused"), Refusal(other));
    }

    private static (int Status, string? Code) Refusal(PublishOutcome outcome) => (outcome.Status, outcome.Code);

    private static Task<PublishOutcome> PublishAsync(HttpPublisher publisher, string json, string? key, string? name = null) =>
        publisher.PublishAsync(Encoding.UTF8.GetBytes(json), "application/json", name, key, TestContext.Current.CancellationToken);
}
