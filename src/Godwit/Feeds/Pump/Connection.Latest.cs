using Godwit.Feeds.Tails;

namespace Godwit.Feeds.Pump;

/// <summary>The newest entries of rooms, where the outlet has a way of its own for them: all of it happens on its shard.</summary>
/// <remarks>
/// Nothing waits there. A reader whose entry may not leave is held where it is, and moves on to the newest when it may. Where
/// not all could be sent those go first the next time whose turn was the longest ago.
/// </remarks>
internal sealed partial class Connection
{
    private long _latestTurn;
    private int _latestMaySend;
    private bool _isLatestHeld;
    private bool _wasLatestShort;

    /// <summary>Whether a reader's entries go that way, but for those that are too long for it.</summary>
    internal bool GoesAsLatest(Reader reader) => reader.IsLatest && reader.IsUnderWay && _outlet.LatestLength > 0;

    /// <summary>The newest entries that had to wait may leave.</summary>
    internal void OnLatestWritable()
    {
        Volatile.Write(ref _latestMaySend, 1);
        Post(_shard);
    }

    /// <summary>Whether a reader has to wait until it may send.</summary>
    private bool IsHeld(Reader reader) => _isLatestHeld && GoesAsLatest(reader);

    private bool CanSend(Reader reader) => reader.IsWaiting && !reader.IsPaging && !IsHeld(reader);

    /// <summary>Sends the newest entries that may leave now, and returns the number of sends.</summary>
    private int SendLatest()
    {
        int longest = _outlet.LatestLength;
        if (longest == 0 || _isLatestHeld || _stage != Stage.Open || _outlet.IsFull)
        {
            return 0;
        }

        if (_readers.Count == 1)
        {
            Reader only = _readers[0];
            if (!GoesAsLatest(only) || !only.TryNewest(_outlet.MaxSend, out FrameRange newest) || newest.Length > longest)
            {
                return 0;
            }

            int taken = _outlet.SendLatest(newest);
            only.OnSent(taken);
            return NoteLatest(taken, 1);
        }

        if (_wasLatestShort)
        {
            _due.OrderByLatestTurn();
        }

        GatherBuffer gather = _shard.Gather;
        int found = 0;
        bool isShort = false;
        for (int i = 0; i < _due.Count; i++)
        {
            Reader reader = _due[i];
            if (!GoesAsLatest(reader) || !reader.TryNewest(_outlet.MaxSend, out FrameRange newest) || newest.Length > longest)
            {
                continue;
            }

            if (gather.Add(reader, newest) == 0)
            {
                isShort = true; // Another turn.
                break;
            }

            found++;
        }

        if (found == 0)
        {
            return 0;
        }

        int sent = NoteLatest(gather.SendLatestTo(_outlet, ref _latestTurn), found);
        for (int i = 0; i < _due.Count; i++)
        {
            Reader reader = _due[i];
            reader.IsDue = !GoesAsLatest(reader) || reader.HasNews || (reader.IsWaiting && !reader.IsPaging);
        }

        _due.Sweep();
        _wasLatestShort |= isShort;
        return sent;
    }

    private int NoteLatest(int sent, int found)
    {
        _isLatestHeld = _wasLatestShort = sent < found;
        if (sent == 0)
        {
            return 0;
        }

        _shard.Counts.Delivered(Transport, sent);
        _times.OnSent(_shard.Now);
        return 1;
    }

    /// <summary>Finds what a reader is to be sent by the usual way: whatever is next, or the newest entry where it is too long for the other.</summary>
    private bool TryOrdinary(Reader reader, out FrameRange range)
    {
        int longest = reader.IsLatest && reader.IsUnderWay ? _outlet.LatestLength : 0;
        return longest == 0
            ? reader.TryRange(_outlet.MaxSend, out range)
            : reader.TryNewest(_outlet.MaxSend, out range) && range.Length > longest;
    }
}
