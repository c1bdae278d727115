using Godwit.AspNetCore.Draining;
using Godwit.Protocol;

namespace Godwit.AspNetCore.Requests;

/// <summary>How long a publish stream is waited for: a line, also a blank one, is complete within a minute of the one before it, and none is taken when what the stream goes by has ended.</summary>
/// <remarks>Only waiting counts, not what the server takes to carry lines out and to get rid of the answers.</remarks>
internal sealed class LinePatience : IDisposable
{
    /// <summary>The longest wait for a line.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private readonly DateTimeOffset _credentialEnds;
    private readonly CancellationTokenRegistration _onDraining;
    private readonly CancellationTokenRegistration _onStopping;
    private ITimer? _departure;
    private TimeSpan _left = Limit;
    private long _began;
    private bool _waitsForCredential;
    private ErrorCode? _why;

    /// <summary>Begins to wait for the first line.</summary>
    /// <param name="time">The time.</param>
    /// <param name="drain">Ends the stream at a moment of its own within the window of a drain; null for never.</param>
    /// <param name="credentialEnds">When the credential of the publisher is over, and the grace behind it; null for never.</param>
    public LinePatience(TimeProvider time, ServerDrain? drain, DateTimeOffset? credentialEnds = null)
    {
        _time = time;
        _credentialEnds = credentialEnds ?? DateTimeOffset.MaxValue;
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        if (drain is not null)
        {
            _onStopping = drain.Stopping.UnsafeRegister(static patience => ((LinePatience)patience!).Depart(), this);
            _onDraining = drain.Draining.UnsafeRegister(_ => DepartWithin(drain.Window), null);
        }
    }

    /// <summary>Why the stream ends, once it does.</summary>
    public ErrorCode Why => Volatile.Read(ref _why) ?? (_waitsForCredential || IsCredentialOver ? ErrorCode.TokenExpired : ErrorCode.BodyTimeout);

    /// <summary>Whether nothing more is waited for.</summary>
    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>Whether lines that have come are not carried out any more either: the stream was ended, or its credential.</summary>
    public bool IsEnded => IsCredentialOver || (Volatile.Read(ref _why) is { } why && why != ErrorCode.Drain);

    private bool IsCredentialOver => _credentialEnds != DateTimeOffset.MaxValue && _time.GetUtcNow() >= _credentialEnds;

    /// <summary>The time, in ms.</summary>
    public long Now => (long)_time.GetElapsedTime(0, _time.GetTimestamp()).TotalMilliseconds;

    /// <summary>A wait begins; the token ends it when it has been too long.</summary>
    public CancellationToken Begin()
    {
        _began = _time.GetTimestamp();
        TimeSpan most = _credentialEnds == DateTimeOffset.MaxValue ? TimeSpan.MaxValue : _credentialEnds - _time.GetUtcNow();
        _waitsForCredential = most < _left;
        _end.CancelAfter(!_waitsForCredential ? _left : most > TimeSpan.Zero ? most : TimeSpan.Zero);
        return _end.Token;
    }

    /// <summary>Waits before the next line is taken, which counts for nothing; ends early when the stream does.</summary>
    public async Task PauseAsync(TimeSpan wait, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, cancel);
        await Task.Delay(wait, _time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends the stream; any thread, and it does not wait.</summary>
    public void End(ErrorCode why)
    {
        if (Interlocked.CompareExchange(ref _why, why, null) is null)
        {
            // Elsewhere: whoever reads goes on where it is cancelled.
            ThreadPool.UnsafeQueueUserWorkItem(static patience => patience.Cancel(), this, preferLocal: false);
        }
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
        Interlocked.CompareExchange(ref _why, ErrorCode.Drain, null);
        Cancel();
    }

    private void Cancel()
    {
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
