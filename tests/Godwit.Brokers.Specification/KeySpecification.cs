using System.Text;
using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Idempotency keys: a publish that is repeated is stored once.</summary>
public abstract class KeySpecification : BrokerSpecification
{
    private static readonly PublishKey Key = new("ann", "key-1");
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_repeated_publish_adds_nothing_and_gets_the_first_position()
    {
        (IBroker broker, _) = await StartAsync();
        Appended first = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        await PublishAsync(broker, Room, 2);
        Appended again = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        Assert.Equal(new Appended(AppendOutcome.Stored, first.Position), first);
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), again);
        Assert.Equal(Offsets(1, 3), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
    }

    public static TheoryData<string, string, bool> OtherContents => new()
    {
        { "message", "2", false },
        { "message", "1", true },
        { "other", "1", false },
        { "message1", "", false },
        { "", "message1", false },
    };

    [Theory]
    [MemberData(nameof(OtherContents))]
    public async Task A_key_with_other_content_is_refused_and_stays_what_it_was(string eventName, string data, bool isBytes)
    {
        (IBroker broker, _) = await StartAsync();
        Appended first = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        var other = new EntryContent(eventName, Encoding.UTF8.GetBytes(data), isBytes, From: null);
        Assert.Equal(AppendOutcome.KeyReused, (await broker.AppendAsync(Room, other, Key, Cancel)).Outcome);
        Assert.Equal(Offsets(1, 1), Offsets(await ReadAsync(broker, Room, ReadFrom.Start)));
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), await broker.AppendAsync(Room, Content("1"), Key, Cancel));
    }

    [Fact]
    public async Task Large_content_is_told_apart_by_its_last_octet()
    {
        (IBroker broker, _) = await StartAsync();
        byte[] octets = new byte[100_000];
        await broker.AppendAsync(Room, new EntryContent("e", octets, true, null), Key, Cancel);
        byte[] other = [.. octets[..^1], 1];
        Assert.Equal(AppendOutcome.KeyReused, (await broker.AppendAsync(Room, new EntryContent("e", other, true, null), Key, Cancel)).Outcome);
        Assert.Equal(AppendOutcome.Duplicate, (await broker.AppendAsync(Room, new EntryContent("e", [.. octets], true, null), Key, Cancel)).Outcome);
    }

    [Fact]
    public async Task A_key_belongs_to_a_room_and_a_publisher()
    {
        (IBroker broker, _) = await StartAsync();
        RoomName other = RoomName.Parse("other");
        PublishKey[] keys = [new("ann", "k"), new("bob", "k"), new("", "k"), new("", "annk"), new("an", "nk"), new("ann", "K")];
        foreach (PublishKey key in keys)
        {
            Assert.Equal(AppendOutcome.Stored, (await broker.AppendAsync(Room, Content("1"), key, Cancel)).Outcome);
            Assert.Equal(AppendOutcome.Stored, (await broker.AppendAsync(other, Content("1"), key, Cancel)).Outcome);
        }

        Assert.Equal(keys.Length, (await HeadAsync(broker, Room)).Head.Offset);
        Assert.Equal(keys.Length, (await HeadAsync(broker, other)).Head.Offset);
    }

    [Fact]
    public async Task Concurrent_publishes_under_one_key_add_one_entry()
    {
        (IBroker broker, _) = await StartAsync();
        for (int round = 1; round <= 20; round++)
        {
            var key = new PublishKey("ann", $"{round}");
            Appended[] appended = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await broker.AppendAsync(Room, Content("1"), key, Cancel))));
            Assert.Single(appended, a => a.Outcome == AppendOutcome.Stored);
            Assert.Equal(7, appended.Count(a => a.Outcome == AppendOutcome.Duplicate));
            Assert.Single(appended.Select(a => a.Position).Distinct());
            Assert.Equal(round, (await HeadAsync(broker, Room)).Head.Offset);
        }
    }

    [Fact]
    public async Task A_key_is_remembered_for_its_window_and_no_longer()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(keyWindow: Window));
        Appended first = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        await store.AdvanceAsync(Window - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), await broker.AppendAsync(Room, Content("1"), Key, Cancel));

        // The repeated publish does not begin the window anew.
        await store.AdvanceAsync(TimeSpan.FromMilliseconds(1) + Slack);
        Appended later = await broker.AppendAsync(Room, Content("2"), Key, Cancel);
        Assert.Equal(AppendOutcome.Stored, later.Outcome);
        Assert.Equal(2, later.Position.Offset);

        await store.AdvanceAsync(Window - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new Appended(AppendOutcome.Duplicate, later.Position), await broker.AppendAsync(Room, Content("2"), Key, Cancel));
    }

    [Fact]
    public async Task A_key_outlives_its_entry()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: TimeSpan.FromMinutes(1), entries: 2, keyWindow: Window));
        Appended first = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        await PublishAsync(broker, Room, 3);
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), await broker.AppendAsync(Room, Content("1"), Key, Cancel));

        await store.AdvanceAsync(TimeSpan.FromMinutes(1) + Slack);
        LogPage page = await HeadAsync(broker, Room);
        Assert.Equal(page.Head, page.Oldest);
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), await broker.AppendAsync(Room, Content("1"), Key, Cancel));
        Assert.Equal(AppendOutcome.KeyReused, (await broker.AppendAsync(Room, Content("2"), Key, Cancel)).Outcome);
        Assert.Equal(4, (await HeadAsync(broker, Room)).Head.Offset);
    }

    [Fact]
    public async Task A_room_does_not_expire_while_it_remembers_a_key()
    {
        TimeSpan age = TimeSpan.FromSeconds(30);
        (IBroker broker, IBrokerStore store) = await StartAsync(Policy(age: age, recordAge: age, keyWindow: Window));
        Appended first = await broker.AppendAsync(Room, Content("1"), Key, Cancel);
        await store.AdvanceAsync(Window - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new Appended(AppendOutcome.Duplicate, first.Position), await broker.AppendAsync(Room, Content("1"), Key, Cancel));
    }
}
