using Godwit.AspNetCore.Lanes.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Draining;

/// <summary>How a server leaves: not ready at once, then a delay for load balancers, then its clients evenly over a window.</summary>
/// <remarks>Each phase ends early when nobody is connected, and all of them at <see cref="EndAtOnce"/>.</remarks>
internal sealed partial class ServerDrain(GodwitEngine engine, OpenConnections connections, SocketLane lane, IOptions<GodwitOptions> options, ILogger<ServerDrain> logger) : IDisposable
{
    /// <summary>How often to look whether somebody is still connected.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>What the last clients have for saying goodbye after the window.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(500);

    private readonly GodwitOptions _options = options.Value;
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _atOnce = new();
    private long _requests;
    private int _phase;
    private int _isRunning;

    /// <summary>Where the server stands.</summary>
    public ServerPhase Phase
    {
        get
        {
            var phase = (ServerPhase)Volatile.Read(ref _phase);
            return phase == ServerPhase.Ready && !engine.Broker.IsReady ? ServerPhase.Starting : phase;
        }
    }

    /// <summary>Whether new clients may be sent here.</summary>
    public bool IsReady => Phase == ServerPhase.Ready;

    /// <summary>The time that the drain goes by.</summary>
    public TimeProvider Time => engine.Time;

    /// <summary>Over how long clients are let go.</summary>
    public TimeSpan Window => _options.DrainWindow;

    /// <summary>The requests under a mount that are being answered: streams, held polls, publishes.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>The window has begun.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>The window is over: whoever is left is told now.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Nobody is waited for any more.</summary>
    public CancellationToken AtOnce => _atOnce.Token;

    /// <summary>The application has started.</summary>
    public void OnStarted() => MoveTo(ServerPhase.Ready);

    /// <summary>The application was told to stop.</summary>
    public void OnStopping() => MoveTo(ServerPhase.Leaving);

    /// <summary>A request began; <see cref="OnAnswered"/> follows.</summary>
    public void OnRequest() => Interlocked.Increment(ref _requests);

    /// <summary>A request has ended.</summary>
    public void OnAnswered() => Interlocked.Decrement(ref _requests);

    /// <summary>Ends every phase now; any thread, at any time.</summary>
    public void EndAtOnce()
    {
        try
        {
            _atOnce.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A signal that came as the application had ended.
        }
    }

    /// <summary>Lets everybody go; completes when they are gone or their time is up.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            return;
        }

        OnStopping();
        using CancellationTokenRegistration end = cancel.UnsafeRegister(static drain => ((ServerDrain)drain!).EndAtOnce(), this);
        if (!IsDeserted())
        {
            Log.Leaving(logger, Connections, Requests, _options.DrainDelay.TotalSeconds);
            await WaitAsync(_options.DrainDelay, IsDeserted).ConfigureAwait(false);
        }

        if (Requests > 0 && Window > TimeSpan.Zero && !AtOnce.IsCancellationRequested)
        {
            Log.Draining(logger, Requests, Window.TotalSeconds);
            MoveTo(ServerPhase.Draining);
            engine.Drain(Window);
            await _draining.CancelAsync().ConfigureAwait(false);
            await WaitAsync(Window + Farewell, () => Requests == 0).ConfigureAwait(false);
        }

        MoveTo(ServerPhase.Stopping);
        engine.Stop();
        await _stopping.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until the connections that the web server has let go of have ended, as it waits for its own; then they are cut off.</summary>
    public async Task EndAsync(CancellationToken cancel)
    {
        while (lane.Open > 0 && !cancel.IsCancellationRequested)
        {
            await Task.Delay(Look, Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (lane.Open > 0)
        {
            engine.Cut();
            lane.Cut();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _draining.Dispose();
        _stopping.Dispose();
        _atOnce.Dispose();
    }

    private bool IsDeserted() => Requests == 0 && Connections == 0;

    /// <summary>Open connections, also those that the web server does not know of yet, or not any more.</summary>
    private long Connections => connections.Count + lane.Arriving + lane.Open;

    private async Task WaitAsync(TimeSpan span, Func<bool> isOver)
    {
        long start = Time.GetTimestamp();
        while (!isOver() && !AtOnce.IsCancellationRequested && span - Time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            await Task.Delay(left < Look ? left : Look, Time, AtOnce).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Phases only go forward.</summary>
    private void MoveTo(ServerPhase phase)
    {
        int seen = Volatile.Read(ref _phase);
        while (seen < (int)phase)
        {
            int before = Interlocked.CompareExchange(ref _phase, (int)phase, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Stopping: not ready; {Connections} connections with {Requests} requests are open. Load balancers have up to {Seconds} s to find out.", EventName = "Leaving")]
        public static partial void Leaving(ILogger logger, long connections, long requests, double seconds);

        [LoggerMessage(2, LogLevel.Information, "Stopping: the clients of {Requests} requests are told to come back elsewhere, over up to {Seconds} s.", EventName = "Draining")]
        public static partial void Draining(ILogger logger, long requests, double seconds);
    }
}
