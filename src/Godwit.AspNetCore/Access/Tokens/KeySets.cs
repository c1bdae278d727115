using System.Diagnostics.Metrics;
using Godwit.Access;
using Godwit.Instruments;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>The keys of tokens: those of the settings, and those that issuers publish (RFC 7517), kept fresh.</summary>
/// <remarks>
/// A key is taken until it leaves its set. A set that cannot be had or is none leaves the last good one in its place. A token
/// that names a key that is not known has the sets asked again, at most every 30 seconds whoever sends such tokens.
/// </remarks>
internal sealed partial class KeySets : IHostedService, IDisposable
{
    /// <summary>How often sets are asked for.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <summary>How often unknown keys may have them asked for in between.</summary>
    public static readonly TimeSpan LeastPeriod = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly ILogger<KeySets> _logger;
    private readonly TokenKeys _configured;
    private readonly Meter _meter;
    private readonly KeySetSource[] _sources;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Held _held;
    private Task<bool>? _refreshing;
    private long _refreshed;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>Makes the keys of the settings; those of sets are there after the start.</summary>
    public KeySets(IOptions<GodwitHttpOptions> options, TimeProvider time, ILogger<KeySets> logger)
        : this(options.Value.Access, time, logger)
    {
    }

    internal KeySets(AccessOptions access, TimeProvider time, ILogger<KeySets> logger)
    {
        _time = time;
        _logger = logger;
        _configured = new TokenKeys([.. access.Secrets.Select(TokenKeys.Of), .. access.PublicKeys.Select(TokenKeys.Of).Where(static key => key is not null).Select(static key => key!.Value)]);
        _sources = [.. access.KeySets.Select(static address => new KeySetSource(address))];
        _held = new Held(_configured, 0);
        _meter = GodwitMeter.Of(this);
        _meter.CreateObservableUpDownCounter("godwit.key_sets.stale", () => (long)Stale, "{key_set}", "Key sets of issuers that could not be had when they were asked for last.");
    }

    /// <summary>All keys that are known, with their version.</summary>
    public (TokenKeys Keys, long Version) Current => Volatile.Read(ref _held).AsPair;

    /// <summary>All keys that are known.</summary>
    public TokenKeys Keys => Volatile.Read(ref _held).Keys;

    /// <summary>Rises when the keys change: what was verified before is verified again.</summary>
    public long Version => Volatile.Read(ref _held).Version;

    /// <summary>How many sets could not be had when they were asked for last.</summary>
    public int Stale => _sources.Count(static source => source.IsStale);

    /// <summary>Whether a key that is not known may be in a set by now.</summary>
    public bool MayHaveMore(string? id) => _sources.Length > 0 && !string.IsNullOrEmpty(id);

    /// <summary>Asks for the sets, unless that was done a moment ago.</summary>
    /// <returns>Whether the keys are others now.</returns>
    public Task<bool> TryRefreshAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_refreshing is { IsCompleted: false } under)
            {
                return under.WaitAsync(cancel);
            }

            if (_sources.Length == 0 || _time.GetElapsedTime(_refreshed) < LeastPeriod)
            {
                return Task.FromResult(false);
            }

            _refreshing = RefreshAsync();
            return _refreshing.WaitAsync(cancel);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="KeySetException">A set cannot be had: the message has each of them.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_sources.Length == 0)
        {
            return;
        }

        await RefreshAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_sources.Where(static source => source.IsStale).ToList() is { Count: > 0 } missing)
        {
            throw new KeySetException(string.Join("; ", missing.Select(static source => $"{source.Address}: {source.Fault}")));
        }

        _timer = _time.CreateTimer(static state => ((KeySets)state!).OnTimer(), this, Next(), Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _meter.Dispose();
        _timer?.Dispose();
        _stop.Cancel();
        _stop.Dispose();
        foreach (KeySetSource source in _sources)
        {
            source.Dispose();
        }
    }

    private void OnTimer() => _ = RefreshOnTimeAsync();

    private async Task RefreshOnTimeAsync()
    {
        try
        {
            Task refreshing;
            lock (_lock)
            {
                refreshing = _refreshing is { IsCompleted: false } under ? under : _refreshing = RefreshAsync();
            }

            await refreshing.ConfigureAwait(false);
        }
        catch (Exception end) when (_isDisposed && end is OperationCanceledException or ObjectDisposedException)
        {
            return; // The server stops.
        }
        catch (Exception failure)
        {
            Log.Failed(_logger, failure);
        }

        try
        {
            _timer?.Change(Next(), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The server stops.
        }
    }

    // Up to a tenth sooner or later, so that servers that were started together do not ask together.
    private static TimeSpan Next() => Period * (0.9 + (0.2 * Random.Shared.NextDouble()));

    private async Task<bool> RefreshAsync()
    {
        await Task.WhenAll(_sources.Select(AskAsync)).ConfigureAwait(false);
        lock (_lock)
        {
            Volatile.Write(ref _refreshed, _time.GetTimestamp());
            string text = string.Join('\n', _sources.Select(static source => source.Text));
            if (text == _held.Text)
            {
                return false;
            }

            Volatile.Write(ref _held, new Held(_configured.With(_sources.SelectMany(static source => source.Keys)), _held.Version + 1) { Text = text });
            return true;
        }
    }

    private async Task AskAsync(KeySetSource source)
    {
        bool wasStale = source.IsStale;
        await source.AskAsync(_time, _stop.Token).ConfigureAwait(false);
        if (source.IsStale)
        {
            Log.Stale(_logger, source.Address, source.Fault!);
        }
        else if (wasStale && source.Asked > 1)
        {
            Log.Fresh(_logger, source.Address);
        }
    }

    private sealed record Held(TokenKeys Keys, long Version)
    {
        public string Text { get; init; } = "";

        public (TokenKeys Keys, long Version) AsPair => (Keys, Version);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The key set at {Address} cannot be had: {Fault}. The last good one is used; new keys of the issuer are not known until it answers.", EventName = "KeySetStale")]
        public static partial void Stale(ILogger logger, Uri address, string fault);

        [LoggerMessage(2, LogLevel.Information, "The key set at {Address} is had again.", EventName = "KeySetFresh")]
        public static partial void Fresh(ILogger logger, Uri address);

        [LoggerMessage(3, LogLevel.Error, "The key sets could not be asked for; they are asked for again in ten minutes.", EventName = "KeySetsFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}

/// <summary>A key set cannot be had when the server starts.</summary>
internal sealed class KeySetException(string message) : Exception($"The key sets of tokens cannot all be had: {message}. See access.keySets.");
