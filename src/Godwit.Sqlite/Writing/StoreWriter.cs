using Godwit.Brokers;
using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Watching;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite.Writing;

/// <summary>The one writer of the store: a thread that carries out all writes that wait in one transaction, and answers them when that is on the disk.</summary>
/// <remarks>
/// While a transaction goes to the disk the next writes gather, so the busier the store, the more of them share what a sync costs.
/// Publishers that wait for their answers would split in two halves like that, each of which waits for the other's sync; so where a sync
/// takes long, the writer waits a little for those whom it has just answered.
/// </remarks>
internal sealed partial class StoreWriter : IAsyncDisposable
{
    private const int MaxBatch = 1024;
    private const int MaxBatchBytes = 8 << 20;
    private const int MaxQueued = 65_536;
    private const long MaxQueuedBytes = 64 << 20;

    // How long nothing may come while writes gather, in ms, and how long they gather at most.
    private const int Lull = 1;
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(20);

    private readonly object _lock = new();
    private readonly WriterTables _tables;
    private readonly StoreClock _clock;
    private readonly TimeProvider _time;
    private readonly RoomWatches _watches;
    private readonly Upkeep _upkeep;
    private readonly Checkpointer _checkpointer;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly ITimer _watch;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<Write> _queue = new();
    private long _queuedBytes;
    private Write[] _inFlight = [];

    // Since when the disk has been asked for something; null while it is not.
    private long? _atWorkSince;
    private long _armedFor = StoreClock.Never;
    private int _wanted = 1;
    private int _expected = 1;
    private TimeSpan _patience;
    private bool _roundIsDue;
    private bool _isWatching;
    private bool _isEnding;

    /// <summary>Takes the tables over and begins to write.</summary>
    public StoreWriter(WriterTables tables, StoreClock clock, TimeProvider time, TimeProvider diskTime, RoomWatches watches, Upkeep upkeep, Checkpointer checkpointer, ILogger log)
    {
        _diskTime = diskTime;
        _tables = tables;
        _clock = clock;
        _time = time;
        _watches = watches;
        _upkeep = upkeep;
        _checkpointer = checkpointer;
        _log = log;
        _timer = time.CreateTimer(static state => ((StoreWriter)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watch = diskTime.CreateTimer(static state => ((StoreWriter)state!).OnWatch(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        new Thread(Run) { IsBackground = true, Name = "Godwit store writer" }.Start();
        Arm(0);
    }

    /// <summary>Has a write carried out.</summary>
    /// <exception cref="BrokerUnavailableException">Nothing can be stored now, or too much waits for it.</exception>
    /// <exception cref="ObjectDisposedException">The writer has ended.</exception>
    public void Enqueue(Write write)
    {
        bool watch;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnding, typeof(SqliteBroker));
            if (_away is { } away)
            {
                throw new BrokerUnavailableException(away.Message, Retry, away.InnerException);
            }

            if (_queue.Count >= MaxQueued || _queuedBytes >= MaxQueuedBytes)
            {
                throw new BrokerUnavailableException("More waits to be stored than the disk takes.", Retry);
            }

            _queue.Enqueue(write);
            _queuedBytes += write.Size;
            watch = !_isWatching;
            _isWatching = true;
            if (_queue.Count >= _wanted)
            {
                Monitor.Pulse(_lock);
            }
        }

        if (watch)
        {
            _watch.Change(WatchEvery, WatchEvery);
        }
    }

    /// <summary>Has the upkeep looked after at a time, if it would be later.</summary>
    public void Arm(long time)
    {
        lock (_lock)
        {
            if (time < _armedFor && !_isEnding)
            {
                _armedFor = time;
                long wait = Math.Clamp(time - _clock.Now, 0, (long)TimeSpan.FromDays(1).TotalMilliseconds);
                _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Does everything that is due, and completes when it is stored.</summary>
    public async Task CatchUpAsync()
    {
        bool more = true;
        while (more)
        {
            var step = new Write<bool>((tables, now) => _upkeep.Step(tables, now, 0));
            Enqueue(step);
            more = await step.Answered.ConfigureAwait(false);
        }
    }

    /// <summary>Stores what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (!_isEnding)
            {
                _isEnding = true;
                Monitor.Pulse(_lock);
            }
        }

        await _ended.Task.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _watch.DisposeAsync().ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            while (Take(out Write[] batch, out bool round))
            {
                try
                {
                    CarryOut(batch, round, mayTrim: true);
                    CarryOutParts();
                }
                catch (Exception fault)
                {
                    OnUnforeseen(batch, fault);
                }
            }

            End();
        }
        catch (Exception fault)
        {
            // Out of here it would end the process.
            Log.NotEnded(_log, fault);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private bool Take(out Write[] batch, out bool round)
    {
        lock (_lock)
        {
            _inFlight = [];
            _atWorkSince = null;
            while (_queue.Count == 0 && !_roundIsDue && !_isEnding)
            {
                Monitor.Wait(_lock);
            }

            Gather();
            var taken = new List<Write>(Math.Min(_queue.Count, MaxBatch));
            long bytes = 0;
            while (taken.Count < MaxBatch && bytes < MaxBatchBytes && _queue.TryDequeue(out Write? write))
            {
                taken.Add(write);
                bytes += write.Size;
            }

            _queuedBytes -= bytes;
            batch = [.. taken];
            round = _roundIsDue;
            _roundIsDue = false;
            _inFlight = batch;
            _atWorkSince = _diskTime.GetTimestamp();
            return batch.Length > 0 || !_isEnding;
        }
    }

    // Waits for as many writes as there were the last time, while they come, and for half of the time that the disk took.
    private void Gather()
    {
        long start = _time.GetTimestamp();
        _wanted = Math.Min(_expected, MaxBatch);
        int before = 0;
        while (_queue.Count > before && _queue.Count < _wanted && !_isEnding && _patience.TotalMilliseconds >= Lull && _time.GetElapsedTime(start) < _patience)
        {
            before = _queue.Count;
            Monitor.Wait(_lock, Lull);
        }

        _wanted = 1;
    }

    // One transaction: the writes, and a step of the upkeep if that is due.
    private void CarryOut(Write[] batch, bool round, bool mayTrim)
    {
        long now = _clock.Now;
        bool more = false;
        bool keepsUp = false;
        bool isPaused = now < _noUpkeepUntil;
        bool isProbe = AsksDisk() || !mayTrim;
        if (round && isPaused)
        {
            Arm(_noUpkeepUntil);
        }

        bool steps = round && !isPaused && !isProbe;
        int at = -1;
        Exception? failed = null;
        TimeSpan disk = default;
        List<(Write Write, BrokerUnavailableException Refusal)>? refused = null;
        try
        {
            _tables.Begin();
            for (at = 0; at < batch.Length; at++)
            {
                try
                {
                    batch[at].Apply(_tables, now);
                }
                catch (BrokerUnavailableException refusal)
                {
                    (refused ??= []).Add((batch[at], refusal));
                }
            }

            at = -1;
            if (isProbe)
            {
                // So that the disk is asked even where nothing else changes.
                _tables.PutClock(now);
            }

            if (steps)
            {
                keepsUp = true;
                more = _upkeep.Step(_tables, now, batch.Length);
            }
            else if (!isProbe && !isPaused && _upkeep.IsUrgent)
            {
                keepsUp = true;
                _upkeep.TrimOver(_tables, now, batch.Length);
            }

            keepsUp = steps && batch.Length == 0;
            long written = _time.GetTimestamp();
            _tables.Commit();
            disk = _time.GetElapsedTime(written);
        }
        catch (Exception fault)
        {
            failed = fault;
        }

        if (failed is not null)
        {
            _tables.Undo();
            _upkeep.Undone();
            OnFault(batch, at, failed, keepsUp, round);
            return;
        }

        bool isRestored = OnStored(more, batch.Length, disk);
        Answer(batch, refused);
        try
        {
            _upkeep.Stored();
        }
        catch (Exception fault)
        {
            Log.NotTold(_log, fault);
        }

        if (isRestored)
        {
            TellAway();
        }

        if (batch.Length > 0)
        {
            _checkpointer.OnCommitted(batch.Length, batch.Sum(static write => (long)write.Size));
            _checkpointer.CatchUp(_tables.Database);
            Arm(now + DueGrid.Step);
        }

        if (steps && !more)
        {
            ArmNext(now);
        }
    }

    private void ArmNext(long now)
    {
        try
        {
            Arm(_upkeep.Next(_tables, now));
        }
        catch (Exception fault)
        {
            _tables.Undo();
            PauseUpkeep();
            Log.UpkeepFailed(_log, fault.Message);
        }
    }

    private void Answer(Write[] batch, List<(Write Write, BrokerUnavailableException Refusal)>? refused)
    {
        foreach (Write write in batch)
        {
            try
            {
                if (refused?.Find(one => one.Write == write).Refusal is { } refusal)
                {
                    write.Fail(refusal);
                }
                else
                {
                    write.Complete();
                }
            }
            catch (Exception fault)
            {
                // It is stored all the same.
                Log.NotTold(_log, fault);
                write.Fail(fault);
            }
        }
    }

    // What was noted and not yet written down is stored with the time, so that the next server goes on from there.
    private void End()
    {
        try
        {
            // Not all that is due: whoever stops the server waits for this, and the next one goes on with it.
            bool more = true;
            while (more && !IsAway)
            {
                AsksDisk();
                _tables.Begin();
                more = _upkeep.WriteDown(_tables, _clock.Now);
                _tables.PutClock(_clock.Now);
                _tables.Commit();
                _upkeep.Stored();
            }
        }
        catch (Exception fault)
        {
            _tables.Undo();
            Log.NotEnded(_log, fault);
        }

        _tables.Dispose();
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _armedFor = StoreClock.Never;
            _roundIsDue = true;
            Monitor.Pulse(_lock);
        }
    }
}
