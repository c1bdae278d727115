using Godwit.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Hosting;

/// <summary>When memory is collected that nothing else would collect.</summary>
public sealed class QuietCollectionTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly QuietCollection _collection;
    private long _allocated = 5 << 20;
    private long _heap = 50 << 20;
    private TimeSpan _took = TimeSpan.FromMilliseconds(100);
    private int _collections;

    public QuietCollectionTests() => _collection = new QuietCollection(_time, () => _allocated, () => _heap, () =>
    {
        _collections++;
        return _took;
    });

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task After_a_load_it_collects_once_the_server_is_quiet_and_only_once()
    {
        await _collection.StartAsync(TestContext.Current.CancellationToken);
        Pass(QuietCollection.WorthBytes);
        Pass(QuietCollection.QuietBytes);
        Assert.Equal(0, _collections);

        Pass(QuietCollection.QuietBytes - 1);
        Assert.Equal(1, _collections);

        Pass(0);
        Pass(0);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public async Task What_little_a_quiet_server_allocates_is_collected_when_it_has_become_much()
    {
        await _collection.StartAsync(TestContext.Current.CancellationToken);
        const long little = QuietCollection.QuietBytes / 2;
        for (long sum = little; sum < QuietCollection.WorthBytes; sum += little)
        {
            Pass(little);
            Assert.Equal(0, _collections);
        }

        Pass(little);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public async Task A_server_that_is_busy_by_fits_and_starts_is_not_stopped_after_each()
    {
        await _collection.StartAsync(TestContext.Current.CancellationToken);
        Pass(QuietCollection.WorthBytes);
        Pass(0);
        Assert.Equal(1, _collections);
        TimeSpan wanted = _took * QuietCollection.RestForOne;
        for (TimeSpan rest = TimeSpan.Zero; rest + (3 * QuietCollection.Period) < wanted; rest += 2 * QuietCollection.Period)
        {
            Pass(QuietCollection.WorthBytes);
            Pass(0);
            Assert.Equal(1, _collections);
        }

        _time.Advance(wanted);
        Assert.Equal(2, _collections);
    }

    [Fact]
    public async Task A_collection_that_took_no_time_to_speak_of_keeps_none_away()
    {
        await _collection.StartAsync(TestContext.Current.CancellationToken);
        _took = QuietCollection.Period / QuietCollection.RestForOne;
        Pass(QuietCollection.WorthBytes);
        Pass(0);
        Assert.Equal(1, _collections);

        Pass(QuietCollection.WorthBytes);
        Pass(0);
        Assert.Equal(2, _collections);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1000, 1)]
    public async Task How_long_it_rests_may_be_set(long rest, int collections)
    {
        int collected = 0;
        using var collection = new QuietCollection(_time, () => _allocated, () => _heap, () => TimeSpan.FromMilliseconds(100 * ++collected), rest);
        await collection.StartAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 2; i++)
        {
            Pass(QuietCollection.WorthBytes);
            Pass(0);
        }

        Assert.Equal(collections, collected);
    }

    [Fact]
    public async Task A_large_heap_is_left_alone_since_the_stop_would_be_felt()
    {
        await _collection.StartAsync(TestContext.Current.CancellationToken);
        Pass(QuietCollection.WorthBytes);
        _heap = QuietCollection.LargestHeap + 1;
        Pass(0);
        Assert.Equal(0, _collections);

        _heap = QuietCollection.LargestHeap;
        Pass(0);
        Assert.Equal(1, _collections);
    }

    private void Pass(long allocated)
    {
        _allocated += allocated;
        _time.Advance(QuietCollection.Period);
    }
}
