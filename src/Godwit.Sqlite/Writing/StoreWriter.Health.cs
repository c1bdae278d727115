using Godwit.Brokers;
using Godwit.Sqlite.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite.Writing;

/// <summary>What happens when something cannot be stored.</summary>
/// <remarks>
/// What concerns one write or one room — a page that is damaged — fails alone. What concerns the disk refuses every write until one
/// goes through again: at once, and not after each has waited; it is tried every few seconds. Readers are told and go on reading.
/// </remarks>
internal sealed partial class StoreWriter
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);

    // A disk that has not answered for so long is away for those who wait.
    private const long Patience = 4_000;
    private const long TryEvery = 2_000;
    private const long UpkeepPause = 60_000;

    private BrokerUnavailableException? _away;
    private long _noUpkeepUntil;

    /// <summary>Whether nothing can be stored now.</summary>
    public bool IsAway
    {
        get
        {
            lock (_lock)
            {
                return _away is not null;
            }
        }
    }

    private void OnFault(Write[] batch, Exception fault, bool keepsUp)
    {
        bool isOfOne = fault is not StoreException { Fault: StoreFault.Full or StoreFault.InputOutput or StoreFault.ReadOnly or StoreFault.Busy or StoreFault.NoDatabase };
        if (isOfOne && keepsUp)
        {
            Log.UpkeepFailed(_log, fault.Message);
            _noUpkeepUntil = _clock.Now + UpkeepPause;
            Arm(_noUpkeepUntil);
            CarryOut(batch, round: false, mayTrim: false);
        }
        else if (isOfOne && batch.Length > 1)
        {
            foreach (Write write in batch)
            {
                CarryOut([write], round: false, mayTrim: false);
            }
        }
        else if (isOfOne)
        {
            Log.WriteFailed(_log, fault.Message);
            foreach (Write write in batch)
            {
                write.Fail(new BrokerUnavailableException(fault.Message, Retry, fault));
            }
        }
        else
        {
            GoAway(fault.Message, fault);
            foreach (Write write in batch)
            {
                write.Fail(new BrokerUnavailableException(fault.Message, Retry, fault));
            }

            Arm(_clock.Now + TryEvery);
        }
    }

    private void GoAway(string reason, Exception? fault)
    {
        Write[] waiting;
        lock (_lock)
        {
            waiting = [.. _queue];
            _queue.Clear();
            _queuedBytes = 0;
            bool isNews = _away is null;
            _away = new BrokerUnavailableException(reason, Retry, fault);
            if (isNews)
            {
                Log.Away(_log, reason);
            }
        }

        foreach (Write write in waiting)
        {
            write.Fail(new BrokerUnavailableException(reason, Retry, fault));
        }

        _watches.TellAway(true);
    }

    private void OnStored()
    {
        lock (_lock)
        {
            if (_away is null)
            {
                return;
            }

            _away = null;
            Log.Restored(_log);
        }

        _watches.TellAway(false);
    }

    private void OnWatch()
    {
        Write[] stuck;
        lock (_lock)
        {
            if (_queue.Count == 0 && _inFlight.Length == 0)
            {
                _isWatching = false;
                _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            if (_away is not null || _inFlightSince == StoreClock.Never || _clock.Now - _inFlightSince < Patience)
            {
                return;
            }

            stuck = _inFlight;
        }

        string reason = $"{_tables.Database.File}: the disk has not answered for {Patience / 1000} s. The server goes on by itself once it does.";
        GoAway(reason, null);
        foreach (Write write in stuck)
        {
            // If it is stored in the end its readers get it; whoever asked tries again with the same key.
            write.Fail(new BrokerUnavailableException(reason, Retry));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Nothing can be stored: {Reason} Publishers get 503 and readers go on until it can.", EventName = "StoreNotWritten")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Entries are stored again.", EventName = "StoreWritten")]
        public static partial void Restored(ILogger logger);

        [LoggerMessage(3, LogLevel.Error, "A write was refused: {Reason}", EventName = "WriteFailed")]
        public static partial void WriteFailed(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Error, "What is over is not dropped for a minute: {Reason}", EventName = "UpkeepFailed")]
        public static partial void UpkeepFailed(ILogger logger, string reason);

        [LoggerMessage(5, LogLevel.Error, "A watcher failed when it was told of what is stored.", EventName = "NotTold")]
        public static partial void NotTold(ILogger logger, Exception fault);

        [LoggerMessage(6, LogLevel.Warning, "The last reads and members could not be noted down when the store was closed; entries are not concerned.", EventName = "NotEnded")]
        public static partial void NotEnded(ILogger logger, Exception fault);
    }
}
