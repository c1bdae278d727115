using Godwit.AspNetCore.Draining;

namespace Godwit.AspNetCore.Requests;

/// <summary>How long a publish stream is waited for: a line, also a blank one, is complete within a minute of the one before it.</summary>
/// <remarks>Only waiting counts, not what the server takes to carry lines out and to get rid of the answers.</remarks>
internal sealed class LinePatience : IDisposable
{
    /// <summary>The longest wait for a line.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _onDraining;
    private readonly CancellationTokenRegistration _onStopping;
    private ITimer? _departure;
    private TimeSpan _left = Limit;
    private long _began;
    private bool _serverStops;

    /// <summary>Begins to wait for the first line.</summary>
    /// <param name="time">The time.</param>
    /// <param name="drain">Ends the stream at a moment of its own within the window of a drain; null for never.</param>
    public LinePatience(TimeProvider time, ServerDrain? drain)
    {
        _time = time;
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        if (drain is not null)
        {
            _onStopping = drain.Stopping.UnsafeRegister(static patience => ((LinePatience)patience!).Depart(), this);
            _onDraining = drain.Draining.UnsafeRegister(_ => DepartWithin(drain.Window), null);
        }
    }

    /// <summary>Whether the server stops.</summary>
    public bool ServerStops => Volatile.Read(ref _serverStops);

    /// <summary>Whether nothing more is waited for.</summary>
    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>The time, in ms.</summary>
    public long Now => (long)_time.GetElapsedTime(0, _time.GetTimestamp()).TotalMilliseconds;

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
        // Each waits for what it calls, if that runs.
        _onDraining.Dispose();
        _onStopping.Dispose();
        _departure?.Dispose();
        _end.Dispose();
    }

    private void DepartWithin(TimeSpan window) => _departure = _time.CreateTimer(
        static patience => ((LinePatience)patience!).Depart(), this, window * Random.Shared.NextDouble(), Timeout.InfiniteTimeSpan);

    private void Depart()
    {
        Volatile.Write(ref _serverStops, true);
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream had just ended by itself.
        }
    }
}
