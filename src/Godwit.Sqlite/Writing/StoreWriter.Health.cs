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

    /// <summary>A disk that has not answered for so long is away for those who wait.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private const long TryEvery = 2_000;
    private const long UpkeepPause = 60_000;

    private readonly TimeProvider _diskTime;
    private BrokerUnavailableException? _away;
    private long _noUpkeepUntil;

    // What is left of a batch of which a write failed: each is a transaction of its own, in the order of the batch.
    private readonly Stack<Write[]> _parts = new();

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

    // The disk is asked from now on; whether it is to be found out if it answers again.
    private bool AsksDisk()
    {
        lock (_lock)
        {
            _atWorkSince = _diskTime.GetTimestamp();
            return _away is not null;
        }
    }

    // Nothing of the transaction is stored. At is the write that failed, or -1.
    private void OnFault(Write[] batch, int at, Exception fault, bool keepsUp, bool round)
    {
        bool isOfDisk = fault is StoreException { Fault: StoreFault.Full or StoreFault.InputOutput or StoreFault.ReadOnly or StoreFault.Busy or StoreFault.NoDatabase };
        bool isOfSector = fault is StoreException { Fault: StoreFault.InputOutput } && at >= 0;
        if (keepsUp)
        {
            // A sector may be lost under what is to be dropped alone. If the disk is away the rest finds it out.
            PauseUpkeep();
            CarryOut(batch, round: false, mayTrim: false);
            if (_noUpkeepUntil > 0)
            {
                Log.UpkeepFailed(_log, fault.Message);
            }

            return;
        }

        if (isOfDisk && !isOfSector)
        {
            _noUpkeepUntil = 0;
            GoAway(fault.Message, fault, batch);
            return;
        }

        if (at >= 0 || batch.Length == 1)
        {
            at = Math.Max(at, 0);
            Log.WriteFailed(_log, fault.Message);
            batch[at].Fail(new BrokerUnavailableException(fault.Message, Retry, fault));
            _parts.Push(batch[(at + 1)..]);
            _parts.Push(batch[..at]);
        }
        else if (batch.Length > 1)
        {
            _parts.Push(batch[(batch.Length / 2)..]);
            _parts.Push(batch[..(batch.Length / 2)]);
        }

        if (round || batch.Length == 0)
        {
            Arm(_clock.Now + TryEvery);
        }
    }

    // The writes beside one that failed, as long as the disk is not away. If there are none the disk is asked all the same.
    private void CarryOutParts()
    {
        while (_parts.TryPop(out Write[]? part))
        {
            BrokerUnavailableException? away;
            lock (_lock)
            {
                away = _away;
            }

            if (away is not null)
            {
                Fail(part, away);
            }
            else if (part.Length > 0 || _parts.Count == 0)
            {
                CarryOut(part, round: false, mayTrim: false);
            }
        }
    }

    // Something that nobody thought of: it is told, nobody waits for ever, and the writer goes on.
    private void OnUnforeseen(Write[] batch, Exception fault)
    {
        _tables.Undo();
        _upkeep.Undone();
        _parts.Clear();
        GoAway(fault.Message, fault, batch);
    }

    private void PauseUpkeep()
    {
        _noUpkeepUntil = _clock.Now + UpkeepPause;
        Arm(_noUpkeepUntil);
    }

    private void GoAway(string reason, Exception? fault, Write[] batch)
    {
        var away = new BrokerUnavailableException(reason, Retry, fault);
        Write[] waiting;
        lock (_lock)
        {
            waiting = IsAwayNow(away);
        }

        Refuse([.. batch, .. waiting], away);
    }

    // Within the lock; gives the writes that wait in vain.
    private Write[] IsAwayNow(BrokerUnavailableException away)
    {
        Write[] waiting = [.. _queue];
        _queue.Clear();
        _queuedBytes = 0;
        if (_away is null)
        {
            Log.Away(_log, away.Message);
        }

        _away = away;
        return waiting;
    }

    private void Refuse(Write[] writes, BrokerUnavailableException away)
    {
        Fail(writes, away);
        TellAway();
        Arm(_clock.Now + TryEvery);
    }

    private static void Fail(Write[] writes, BrokerUnavailableException away)
    {
        foreach (Write write in writes)
        {
            write.Fail(new BrokerUnavailableException(away.Message, Retry, away.InnerException));
        }
    }

    // What was in flight is no longer, whatever is done besides; whether the disk was away until now.
    private bool OnStored(bool more, int writes, TimeSpan disk)
    {
        lock (_lock)
        {
            _expected = writes + _queue.Count;
            _patience = disk / 2 < LongestGathering ? disk / 2 : LongestGathering;
            _atWorkSince = _diskTime.GetTimestamp();
            bool isRestored = _away is not null;
            _roundIsDue |= more || isRestored;
            if (isRestored)
            {
                _away = null;
                Log.Restored(_log);
            }

            return isRestored;
        }
    }

    // By what is so when its turn comes: two that tell at a time are not told out of order.
    private void TellAway() => _watches.TellAway(() => IsAway, fault => Log.NotTold(_log, fault));

    private void OnWatch()
    {
        var away = new BrokerUnavailableException($"{_tables.Database.File}: the disk has not answered for {Patience.TotalSeconds:0.#} s. The server goes on by itself once it does.", Retry);
        Write[] stuck;
        lock (_lock)
        {
            if (_queue.Count == 0 && _atWorkSince is null)
            {
                _isWatching = false;
                _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            if (_away is not null || _atWorkSince is not { } since || _diskTime.GetElapsedTime(since) < Patience)
            {
                return;
            }

            // If it is stored in the end its readers get it; whoever asked tries again with the same key.
            stuck = [.. _inFlight, .. IsAwayNow(away)];
        }

        Refuse(stuck, away);
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
