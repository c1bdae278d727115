using System.Collections.Concurrent;

namespace Godwit.Redis.Tests;

/// <summary>As many servers as tests need at once, each with a clock of its own.</summary>
public sealed class RedisClocks : IAsyncDisposable
{
    private readonly ConcurrentBag<RedisClock> _free = [];
    private readonly ConcurrentBag<RedisClock> _all = [];

    /// <summary>Takes one that nobody has.</summary>
    public async ValueTask<RedisClock> TakeAsync()
    {
        if (_free.TryTake(out RedisClock? free))
        {
            return free;
        }

        var clock = new RedisClock();
        _all.Add(clock);
        await clock.InitializeAsync();
        return clock;
    }

    /// <summary>Gives one back.</summary>
    public void Return(RedisClock clock) => _free.Add(clock);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RedisClock clock in _all)
        {
            await clock.DisposeAsync();
        }
    }
}
