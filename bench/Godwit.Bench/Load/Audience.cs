namespace Godwit.Bench.Load;

/// <summary>All readers of one measurement, spread over the receive loops.</summary>
internal sealed class Audience : IDisposable
{
    private readonly ReceiveLoop[] _loops;
    private readonly CountdownEvent _ready;
    private readonly int _count;

    public Audience(int count, Func<Reader> create, int port, int threads)
    {
        _count = count;
        _ready = new CountdownEvent(count);
        _loops = new ReceiveLoop[Math.Min(threads, count)];
        for (int i = 0; i < _loops.Length; i++)
        {
            int share = (count / _loops.Length) + (i < count % _loops.Length ? 1 : 0);
            Reader[] readers = [.. Enumerable.Range(0, share).Select(_ => create())];
            _loops[i] = new ReceiveLoop(readers, port, Progress, _ready);
        }
    }

    public Progress Progress { get; } = new();

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
