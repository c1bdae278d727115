namespace Godwit.Feeds.Pump;

/// <summary>The shards of a server. Connections are dealt out to them in turn and stay where they are.</summary>
internal sealed class SendingPump : IDisposable
{
    private readonly Shard[] _shards;
    private readonly CancellationTokenSource _draining = new();
    private readonly ShardCounts _answered = new();
    private int _turn;
    private bool _isDraining;

    /// <summary>Makes the shards.</summary>
    /// <param name="clock">The time.</param>
    /// <param name="shards">How many.</param>
    /// <param name="queue">Has a work item run; the thread pool unless a test decides what runs when.</param>
    public SendingPump(PumpClock clock, int shards, Action<IThreadPoolWorkItem>? queue = null)
    {
        queue ??= static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        Clock = clock;
        _shards = new Shard[shards];
        for (int i = 0; i < shards; i++)
        {
            _shards[i] = new Shard(clock, i, queue);
        }
    }

    /// <summary>The time.</summary>
    public PumpClock Clock { get; }

    /// <summary>All shards.</summary>
    public IReadOnlyList<Shard> Shards => _shards;

    /// <summary>The shard of the next connection or poll.</summary>
    public Shard Next() => _shards[(uint)Interlocked.Increment(ref _turn) % _shards.Length];

    /// <summary>Counts entries of an answer that no shard sends; any thread.</summary>
    public void CountDelivered(ReadTransport transport, int entries)
    {
        if (entries > 0)
        {
            _answered.DeliveredAnywhere(transport, entries);
        }
    }

    /// <summary>The connections, or held answers, of all shards.</summary>
    public long Connections(ReadTransport transport, Lane lane)
    {
        long sum = 0;
        foreach (Shard shard in _shards)
        {
            sum += shard.Counts.Connections(transport, lane);
        }

        return sum;
    }

    /// <summary>The entries on their way so far, those of answers that no shard sends included.</summary>
    public long Entries(ReadTransport transport)
    {
        long sum = _answered.Entries(transport);
        foreach (Shard shard in _shards)
        {
            sum += shard.Counts.Entries(transport);
        }

        return sum;
    }

    /// <summary>Whether the server is about to stop: nothing is held any more, and no stream begun.</summary>
    public bool IsDraining => Volatile.Read(ref _isDraining);

    /// <summary>Ends what waits for anything but the shards: a client is not to wait here for a store that does not answer.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Does something with every connection, each on its shard.</summary>
    public void ForEachConnection(Action<Connection> action)
    {
        foreach (Shard shard in _shards)
        {
            shard.ForEachConnection(action);
        }
    }

    /// <summary>Goes over all connections and held answers, each on its shard.</summary>
    public void Sweep(IShardSweep sweep)
    {
        foreach (Shard shard in _shards)
        {
            shard.Sweep(sweep);
        }
    }

    /// <summary>Lets all connections and held polls go, evenly over a window.</summary>
    public void Drain(TimeSpan window)
    {
        Volatile.Write(ref _isDraining, true);
        var plan = new DrainPlan(Clock.Now, (long)window.TotalMilliseconds, _shards.Length);
        foreach (Shard shard in _shards)
        {
            shard.Drain(plan);
        }

        // Elsewhere: whoever waited goes on with his request.
        _ = _draining.CancelAsync();
    }

    /// <summary>Tells all connections that the server stops.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isDraining, true);
        foreach (Shard shard in _shards)
        {
            shard.Stop();
        }

        // Elsewhere: whoever waited goes on with his request.
        _ = _draining.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Shard shard in _shards)
        {
            shard.Dispose();
        }
    }
}
