namespace Godwit.Server.Hosting;

/// <summary>Gives memory back to the system when a crowd has come or a load has passed and the server is quiet.</summary>
/// <remarks>
/// The collector runs when something is allocated, so a server that became quiet keeps what it last allocated: 1 to 2 KiB for
/// every connection that came, and 15 for every long poll after traffic. A collection that compacts and gives back stops the
/// server, some 2 ms for each MiB of live objects, so there is one only while next to nothing happens, only after enough was
/// allocated to be worth it, only now and then, and none where the heap is so large that the stop would be felt.
/// </remarks>
internal sealed class QuietCollection : IHostedService, IDisposable
{
    /// <summary>How often it looks, and how long the server has to have been quiet.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(4);

    /// <summary>The octets allocated in a period below which the server is quiet: heartbeats and a few requests.</summary>
    public const long QuietBytes = 1 << 20;

    /// <summary>The octets allocated since the last collection from which on another is worth it.</summary>
    public const long WorthBytes = 16 << 20;

    /// <summary>The heap above which it leaves things to the collector.</summary>
    public const long LargestHeap = 128 << 20;

    /// <summary>How many times as long as the last collection took there is none, unless set otherwise: a server that is busy by fits and starts is stopped for a quarter of a per cent of the time at most.</summary>
    /// <remarks>A fixed rest would let the collection after the start, which costs little, keep the one away that the first crowd is worth.</remarks>
    public const int RestForOne = 400;

    /// <summary>What that may be set to.</summary>
    public static readonly SettingRange<long> RestRange = new(0, 1_000_000);

    private readonly TimeProvider _time;
    private readonly Func<long> _allocated;
    private readonly Func<long> _heap;
    private readonly Func<TimeSpan> _collect;
    private readonly long _restForOne;
    private ITimer? _timer;
    private long _lastAllocated;
    private long _collectedAt;
    private long _collectedOn;
    private TimeSpan _rest;

    /// <summary>Looks after this process.</summary>
    /// <param name="time">The time.</param>
    /// <param name="restForOne">How many times as long as the last collection took there is none.</param>
    public QuietCollection(TimeProvider time, long restForOne = RestForOne)
        : this(
            time,
            static () => GC.GetTotalAllocatedBytes(precise: false),
            static () => GC.GetTotalMemory(forceFullCollection: false),
            static () =>
            {
                TimeSpan before = GC.GetTotalPauseDuration();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                return GC.GetTotalPauseDuration() - before;
            },
            restForOne)
    {
    }

    /// <summary>Looks after what is given.</summary>
    /// <param name="time">The time.</param>
    /// <param name="allocated">The octets allocated so far.</param>
    /// <param name="heap">The octets that the heap holds.</param>
    /// <param name="collect">Collects, and says how long that took.</param>
    /// <param name="restForOne">How many times as long as that there is none.</param>
    public QuietCollection(TimeProvider time, Func<long> allocated, Func<long> heap, Func<TimeSpan> collect, long restForOne = RestForOne)
    {
        _time = time;
        _allocated = allocated;
        _heap = heap;
        _collect = collect;
        _restForOne = restForOne;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _lastAllocated = _collectedAt = _allocated();
        _timer = _time.CreateTimer(static state => ((QuietCollection)state!).Look(), this, Period, Period);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        long allocated = _allocated();
        bool quiet = allocated - _lastAllocated < QuietBytes;
        _lastAllocated = allocated;
        if (quiet && allocated - _collectedAt >= WorthBytes && _heap() <= LargestHeap
            && _time.GetElapsedTime(_collectedOn) >= _rest)
        {
            _rest = _collect() * _restForOne;
            _collectedOn = _time.GetTimestamp();
            _lastAllocated = _collectedAt = _allocated();
        }
    }
}
