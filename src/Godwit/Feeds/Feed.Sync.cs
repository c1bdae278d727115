using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>How a feed begins to follow its room, and how it finds its way back when it may have missed something.</summary>
/// <remarks>
/// While it asks the store, what the watch tells is kept aside. Then what the store answered already covers is dropped
/// and the rest must follow on, mark by mark; if it does not, the store is asked again.
/// </remarks>
internal sealed partial class Feed
{
    private const int MaxAside = 4096;
    private static readonly ReadLimits CatchUp = new(256, 256 << 10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(5);

    private readonly List<(Epoch Epoch, uint PreviousMark, Entry Entry)> _aside = [];
    private readonly CancellationTokenSource _ending = new();
    private IAsyncDisposable? _watch;
    private Task _sync = Task.CompletedTask;
    private bool _isSyncing = true;
    private bool _isUncertain;
    private bool _isAwayByWatch;
    private bool _isAwayByRead;

    /// <summary>Begins to follow the room: watch, ask for the head, and only then be live.</summary>
    /// <exception cref="BrokerUnavailableException">The store does not answer; the feed has ended.</exception>
    /// <param name="resumes">Whether a reader waits for it that presents a position.</param>
    public async Task StartAsync(bool resumes)
    {
        // However soon those who asked for it give up, it does not end in the middle of its start.
        Interlocked.Increment(ref _holds);
        try
        {
            LogPage page;
            await _feeds.Gate.EnterAsync(resumes).ConfigureAwait(false);
            try
            {
                _watch = await _broker.WatchAsync(Room, this, CancellationToken.None).ConfigureAwait(false);
                page = await _broker.ReadAsync(Room, ReadFrom.Now, new ReadLimits(0, 0), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _feeds.Gate.Leave();
            }

            lock (_lock)
            {
                MoveTo(page.Head, new FeedState(0, page.Head, _state.IsDegraded));
                _isSyncing = _isUncertain || !TakeAside();
                if (_isSyncing)
                {
                    _sync = Task.Run(RunSync);
                }
            }
        }
        catch
        {
            Interlocked.Exchange(ref _holds, -1);
            End();
            throw;
        }

        Release();
    }

    /// <summary>Compares the feed with the store, and completes when it follows the log again.</summary>
    /// <param name="isNews">Whether a comparison that is under way may not see what this one is for. Who looks again afterwards says false: many of those would keep it from ending.</param>
    public Task SyncAsync(bool isNews = true)
    {
        lock (_lock)
        {
            if (!_isSyncing)
            {
                Doubt();
                _sync = Task.Run(RunSync);
            }
            else
            {
                _isUncertain |= isNews;
            }

            return _sync;
        }
    }

    /// <inheritdoc/>
    public void OnEntry(Epoch epoch, uint previousMark, Entry entry)
    {
        lock (_lock)
        {
            if (_isSyncing)
            {
                SetAside(epoch, previousMark, entry);
                return;
            }

            if (IsKnown(epoch, entry))
            {
                return;
            }

            if (!Follows(epoch, previousMark, entry))
            {
                SetAside(epoch, previousMark, entry);
                Doubt();
                _sync = Task.Run(RunSync);
                return;
            }

            Append(entry);
        }

        PostAll();
    }

    /// <inheritdoc/>
    public void OnTrimmed()
    {
        // What is left is read from the store, which says what is gone.
        lock (_lock)
        {
            Cool();
        }
    }

    /// <inheritdoc/>
    public void OnUncertain() => _ = SyncAsync();

    /// <inheritdoc/>
    public void OnDegraded() => SetDegraded(true, byWatch: true);

    /// <inheritdoc/>
    public void OnRestored() => SetDegraded(false, byWatch: true);

    /// <summary>What the feed has may not be the newest: readers ask the store until it is.</summary>
    private void Doubt()
    {
        _isSyncing = true;
        Volatile.Write(ref _headAnswer, null);
    }

    private bool Follows(Epoch epoch, uint previousMark, Entry entry) =>
        epoch == _state.Start.Epoch && entry.Offset == _head + 1 && previousMark == _headMark;

    /// <summary>Whether an entry is one that the feed has. Another entry of an offset that it has is of another log.</summary>
    private bool IsKnown(Epoch epoch, Entry entry) =>
        epoch == _state.Start.Epoch && entry.Offset <= _head
        && (entry.Offset == _head ? entry.Mark == _headMark : !_recent.TryIndexOf(entry.Offset, out int index) || _recent[index].Mark == entry.Mark);

    private void SetAside(Epoch epoch, uint previousMark, Entry entry)
    {
        if (_aside.Count == MaxAside)
        {
            // The store has them all; what is dropped here is read there.
            _aside.Clear();
            _isUncertain = true;
        }

        _aside.Add((epoch, previousMark, entry));
    }

    private async Task RunSync()
    {
        while (true)
        {
            try
            {
                Position head;
                lock (_lock)
                {
                    _isUncertain = false;
                    head = HeadPosition;
                }

                LogPage page = await _broker.ReadAsync(Room, ReadFrom.After(head), CatchUp, _ending.Token).ConfigureAwait(false);
                bool done;
                lock (_lock)
                {
                    Take(page);
                    done = !page.More && !_isUncertain && TakeAside();
                    _isSyncing = !done;
                }

                if (done)
                {
                    SetDegraded(false, byWatch: false);
                    PostAll();
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                // The broker is gone for good.
                return;
            }
            catch (Exception failure) when (!_ending.IsCancellationRequested)
            {
                // Whatever the store says to that, it did not answer; a feed that gave up here would be silent for ever.
                long delay = (failure as BrokerUnavailableException)?.RetryAfter.Ticks ?? 0;
                SetDegraded(true, byWatch: false);
                await Task.Delay(new TimeSpan(Math.Clamp(delay, RetryDelay.Ticks, MaxRetryDelay.Ticks)), _home.Clock.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                return;
            }

            if (_ending.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Take(LogPage page)
    {
        switch (page.Verdict)
        {
            case Verdict.Reset:
                // Readers go back to the oldest entry and page from there, so the tail begins behind the newest.
                MoveTo(page.Head, new FeedState(_state.Generation + 1, page.Start, _state.IsDegraded));
                return;
            case Verdict.Gap:
                MoveTo(page.Start, _state);
                break;
        }

        foreach (Entry entry in page.Entries)
        {
            if (entry.Offset == _head + 1)
            {
                Append(entry);
            }
        }
    }

    /// <summary>Appends what was set aside; false when it does not follow on.</summary>
    private bool TakeAside()
    {
        foreach ((Epoch epoch, uint previousMark, Entry entry) in _aside)
        {
            if (IsKnown(epoch, entry))
            {
                continue;
            }

            if (!Follows(epoch, previousMark, entry))
            {
                _aside.Clear();
                return false;
            }

            Append(entry);
        }

        _aside.Clear();
        return true;
    }

    private void SetDegraded(bool isDegraded, bool byWatch)
    {
        lock (_lock)
        {
            (byWatch ? ref _isAwayByWatch : ref _isAwayByRead) = isDegraded;
            isDegraded = _isAwayByWatch || _isAwayByRead;
            if (_state.IsDegraded == isDegraded)
            {
                return;
            }

            Volatile.Write(ref _headAnswer, null);
            Volatile.Write(ref _state, _state with { IsDegraded = isDegraded });
        }

        PostAll();
    }

    private void End()
    {
        _feeds.Remove(this);
        _ending.Cancel();
        if (_watch is { } watch)
        {
            _ = watch.DisposeAsync().AsTask();
        }

        lock (_lock)
        {
            Cool();
        }
    }
}
