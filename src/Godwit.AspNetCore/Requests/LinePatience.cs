namespace Godwit.AspNetCore.Requests;

/// <summary>How long a publish stream is waited for: a line, also a blank one, is complete within a minute of the one before it.</summary>
/// <remarks>Only waiting counts, not what the server takes to carry lines out and to get rid of the answers.</remarks>
internal sealed class LinePatience : IDisposable
{
    /// <summary>The longest wait for a line.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _onStopping;
    private TimeSpan _left = Limit;
    private long _began;

    /// <summary>Begins to wait for the first line.</summary>
    public LinePatience(TimeProvider time, CancellationToken stopping)
    {
        _time = time;
        _stopping = stopping;
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _onStopping = stopping.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end);
    }

    /// <summary>Whether the server stops.</summary>
    public bool ServerStops => _stopping.IsCancellationRequested;

    /// <summary>Whether nothing more is waited for.</summary>
    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>A wait begins; the token ends it when it has been too long.</summary>
    public CancellationToken Begin()
    {
        _began = _time.GetTimestamp();
        _end.CancelAfter(_left);
        return _end.Token;
    }

    /// <summary>The wait is over: something has arrived.</summary>
    public void Arrived()
    {
        _end.CancelAfter(Timeout.InfiniteTimeSpan);
        TimeSpan left = _left - _time.GetElapsedTime(_began);
        _left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>A line was complete.</summary>
    public void Renew() => _left = Limit;

    /// <inheritdoc/>
    public void Dispose()
    {
        _onStopping.Dispose();
        _end.Dispose();
    }
}
