using System.Collections.Concurrent;
using System.Text;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Brokers.Specification;

/// <summary>What every broker keeps. A broker's tests inherit each of the specifications and add the factory.</summary>
public abstract class BrokerSpecification : IAsyncDisposable
{
    /// <summary>How much longer than promised something may stay.</summary>
    protected static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    /// <summary>Limits that no test's page reaches.</summary>
    protected static readonly ReadLimits All = new(1_000_000, int.MaxValue);

    private readonly ConcurrentStack<IAsyncDisposable> _started = [];

    /// <summary>Ends a test that hangs.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The room of a test that needs one.</summary>
    protected static RoomName Room { get; } = RoomName.Parse("room:1");

    /// <summary>Makes an empty store.</summary>
    /// <param name="policies">The settings of rooms.</param>
    /// <param name="time">The clock of every server that is connected to the store.</param>
    protected abstract ValueTask<IBrokerStore> CreateAsync(RoomPolicies policies, FakeTimeProvider time);

    /// <summary>A policy for every room.</summary>
    protected static RoomPolicy Policy(TimeSpan? age = null, long bytes = 1L << 30, long entries = 1_000_000, TimeSpan? keyWindow = null, TimeSpan? recordAge = null) => new()
    {
        Pattern = RoomPattern.Everything,
        Retention = new Retention { Age = age ?? TimeSpan.FromHours(1), Bytes = bytes, Entries = entries },
        KeyWindow = keyWindow ?? TimeSpan.FromMinutes(5),
        RecordAge = recordAge ?? TimeSpan.FromHours(24),
    };

    /// <summary>Starts a store with one server, both ended with the test (and, by a test that starts many, before; ending twice does no harm).</summary>
    protected async Task<(IBroker Broker, IBrokerStore Store)> StartAsync(params RoomPolicy[] policies)
    {
        IBrokerStore store = await CreateAsync(new RoomPolicies(policies), new FakeTimeProvider());
        _started.Push(store);
        IBroker broker = await store.ConnectAsync();
        _started.Push(broker);
        return (broker, store);
    }

    /// <summary>The content of a JSON text.</summary>
    protected static EntryContent Content(string json) => new(EventName.Default, Encoding.UTF8.GetBytes(json), IsBytes: false, From: null);

    /// <summary>Content of which retention counts this many octets.</summary>
    protected static EntryContent Sized(int size) => new("x", new byte[size - 1], IsBytes: true, From: null);

    /// <summary>Appends JSON numbers 1, 2, 3 … and returns the positions, that of offset 0 first.</summary>
    protected static async Task<Position[]> PublishAsync(IBroker broker, RoomName room, int count)
    {
        var positions = new List<Position> { (await HeadAsync(broker, room)).Oldest };
        for (int i = 1; i <= count; i++)
        {
            Appended appended = await broker.AppendAsync(room, Content($"{i}"), null, Cancel);
            Assert.Equal(AppendOutcome.Stored, appended.Outcome);
            positions.Add(appended.Position);
        }

        return [.. positions];
    }

    /// <summary>Reads without limits.</summary>
    protected static async Task<LogPage> ReadAsync(IBroker broker, RoomName room, ReadFrom from) => await broker.ReadAsync(room, from, All, Cancel);

    /// <summary>Reads head and oldest position alone.</summary>
    protected static async Task<LogPage> HeadAsync(IBroker broker, RoomName room) => await broker.ReadAsync(room, ReadFrom.Now, new ReadLimits(0, 0), Cancel);

    /// <summary>The offsets of a page.</summary>
    protected static long[] Offsets(LogPage page) => [.. page.Entries.Select(entry => entry.Offset)];

    /// <summary>The offsets from one to another, both included; none if <paramref name="to"/> is below <paramref name="from"/>.</summary>
    protected static long[] Offsets(long from, long to)
    {
        var offsets = new List<long>();
        for (long offset = from; offset <= to; offset++)
        {
            offsets.Add(offset);
        }

        return [.. offsets];
    }

    /// <summary>A position that differs in its mark.</summary>
    protected static Position OtherMark(Position position) => position with { Mark = position.Mark ^ 1 };

    /// <summary>A position that differs in its epoch.</summary>
    protected static Position OtherEpoch(Position position) => position with { Epoch = new Epoch(position.Epoch.Value ^ 1) };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out IAsyncDisposable? last))
        {
            await last.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
