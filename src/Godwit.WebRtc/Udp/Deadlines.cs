namespace Godwit.WebRtc.Udp;

/// <summary>What has something to do by time.</summary>
internal interface IDue
{
    /// <summary>The time for which it stands in <see cref="Deadlines"/>; only <see cref="Deadlines"/> uses it.</summary>
    long ScheduledAt { get; set; }

    /// <summary>Does what is due, and returns when it is due next; <see cref="Deadlines.Never"/> for not at all.</summary>
    long OnDue(long now);

    /// <summary>It threw when it was asked, and is not asked again by itself. This does not throw.</summary>
    void OnFailure(Exception failure);
}

/// <summary>The deadlines of all peers, and the one timer that serves them.</summary>
/// <remarks>
/// A peer stands here once for the time that counts. A deadline that moves forward leaves the earlier place as it is, and the
/// peer is asked then; so one that is moved with each packet costs nothing. One that moves nearer leaves a place behind that counts
/// no more; when these are many they are cleared.
/// </remarks>
internal sealed class Deadlines : IDisposable
{
    /// <summary>Later than all that happens.</summary>
    public const long Never = long.MaxValue;

    /// <summary>How many places there may be for one that counts.</summary>
    private const int MostPlaces = 4;

    private const int Least = 64;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<IDue, long> _queue = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private long _armedFor = Never;
    private int _standing;
    private bool _isDisposed;

    public Deadlines(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((Deadlines)state!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ms since these deadlines were made; steady.</summary>
    public long Now => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>How many places are taken; not less than the peers that stand here.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Has something asked at a time, unless it is asked earlier.</summary>
    public void Schedule(IDue due, long at)
    {
        lock (_lock)
        {
            if (_isDisposed || at >= due.ScheduledAt)
            {
                return;
            }

            _standing += due.ScheduledAt == Never ? 1 : 0;
            due.ScheduledAt = at;
            _queue.Enqueue(due, at);
            if (_queue.Count > Math.Max(Least, MostPlaces * _standing))
            {
                Clear();
            }

            Arm();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _queue.Clear();
        }

        _timer.Dispose();
    }

    /// <summary>Keeps only the places that count.</summary>
    private void Clear()
    {
        var kept = new HashSet<IDue>(_standing, ReferenceEqualityComparer.Instance);
        foreach ((IDue due, long at) in _queue.UnorderedItems)
        {
            if (due.ScheduledAt == at)
            {
                kept.Add(due);
            }
        }

        _queue.Clear();
        foreach (IDue due in kept)
        {
            _queue.Enqueue(due, due.ScheduledAt);
        }
    }

    private void Arm()
    {
        if (_queue.TryPeek(out _, out long first) && first < _armedFor)
        {
            _armedFor = first;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, first - Now)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Run()
    {
        while (TryTake(out IDue? due, out long now))
        {
            long next;
            try
            {
                next = due.OnDue(now);
            }
            catch (Exception failure)
            {
                // Nobody is above a timer: it would end the process, and leave the others without one.
                due.OnFailure(failure);
                continue;
            }

            if (next != Never)
            {
                // What is due in the past would be asked for ever.
                Schedule(due, Math.Max(next, now + 1));
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IDue? due, out long now)
    {
        lock (_lock)
        {
            now = Now;
            while (_queue.TryPeek(out due, out long at) && at <= now)
            {
                _queue.Dequeue();
                if (due.ScheduledAt == at)
                {
                    due.ScheduledAt = Never;
                    _standing--;
                    return true;
                }
            }

            _armedFor = Never;
            if (!_isDisposed)
            {
                Arm();
            }

            due = null;
            return false;
        }
    }
}
