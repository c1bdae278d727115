using HdrHistogram;

namespace Godwit.Bench.Generator;

/// <summary>All readers of one measurement, spread over the receive loops.</summary>
internal sealed class Audience : IDisposable
{
    private readonly ReceiveLoop[] _loops;
    private readonly CountdownEvent _ready;
    private readonly int _count;

    /// <param name="count">How many readers.</param>
    /// <param name="create">Makes the reader with an index.</param>
    /// <param name="port">The port that they connect to.</param>
    /// <param name="settings">How they read.</param>
    /// <param name="threads">How many threads they are spread over.</param>
    public Audience(int count, Func<int, Reader> create, int port, ReaderSettings settings, int threads)
    {
        _count = count;
        _ready = new CountdownEvent(count);
        _loops = new ReceiveLoop[Math.Min(threads, count)];
        int first = 0;
        for (int i = 0; i < _loops.Length; i++)
        {
            int share = (count / _loops.Length) + (i < count % _loops.Length ? 1 : 0);
            Reader[] readers = [.. Enumerable.Range(first, share).Select(create)];
            first += share;
            _loops[i] = new ReceiveLoop(readers, port, settings, Progress, _ready);
        }
    }

    public Progress Progress { get; } = new();

    /// <summary>The times of the timed readers, of all loops together. To be asked when nothing is under way.</summary>
    public LongHistogram Times()
    {
        LongHistogram all = new(60_000_000, numberOfSignificantValueDigits: 3);
        foreach (Stopwatches times in _loops.Select(static loop => loop.Times).OfType<Stopwatches>())
        {
            all.Add(times.Histogram);
        }

        return all;
    }

    /// <summary>Forgets the times taken so far. To be called when nothing is under way.</summary>
    public void ForgetTimes()
    {
        foreach (ReceiveLoop loop in _loops)
        {
            loop.Times?.Histogram.Reset();
        }
    }

    /// <summary>How many readers are connected still.</summary>
    public int CountConnected() => _loops.Sum(static loop => loop.CountConnected());

    /// <summary>Waits until every reader is in.</summary>
    public void WaitUntilReady(CancellationToken cancel)
    {
        TimeSpan patience = TimeSpan.FromSeconds(30);
        int before = _ready.CurrentCount;
        while (!_ready.Wait(TimeSpan.FromMilliseconds(200), cancel))
        {
            Progress.ThrowIfFailed();
            int now = _ready.CurrentCount;
            patience = now == before ? patience - TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(30);
            before = now;
            if (patience <= TimeSpan.Zero)
            {
                throw new BenchFault($"{_count - now:N0} of {_count:N0} readers got in, then none for 30 s.");
            }
        }

        Progress.ThrowIfFailed();
    }

    public void Dispose()
    {
        foreach (ReceiveLoop loop in _loops)
        {
            loop.Dispose();
        }

        _ready.Dispose();
    }
}
