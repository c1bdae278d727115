using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Instruments;

namespace Godwit.Redis.Watching;

/// <summary>Comparing rooms with their primaries.</summary>
internal sealed partial class RoomWatches
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RenewalInterval = TimeSpan.FromMinutes(1);

    private bool _isAnyAway;
    private long _lastRenewal;

    /// <param name="isAfterLoss">Whether messages are known to be lost: what is missing is not waited for.</param>
    /// <param name="onlyCompare">Whether nobody is to be told that Redis is away or back.</param>
    private async Task CompareAsync(bool isAfterLoss, bool onlyCompare)
    {
        await _comparing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            _doubtsAll &= !isAfterLoss;
            if (!onlyCompare)
            {
                TellAway();
                if (_connection.IsAway && !_connection.IsCluster)
                {
                    return;
                }

                if (_isAnyAway)
                {
                    // What is missed while subscriptions are made anew is found by comparing after that.
                    isAfterLoss = true;
                    await _connection.Subscriptions.SettledAsync().WaitAsync(SettleTime, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            var behind = new List<(WatchedRoom Room, Position Head)>();
            var unknown = new HashSet<WatchedRoom>();
            foreach (WatchedRoom[] some in _rooms.Values.Chunk(AtOnce))
            {
                Position[] asked = [.. some.Select(static room => room.Told)];
                Position?[] heads = await Task.WhenAll(some.Select(TouchAsync)).ConfigureAwait(false);
                RedisMeter.Compared(heads.Count(static head => head is not null));
                for (int i = 0; i < some.Length; i++)
                {
                    if (heads[i] is not { } head)
                    {
                        unknown.Add(some[i]);
                    }
                    else if (!some[i].Compare(head, asked[i], mayBeOnItsWay: !isAfterLoss))
                    {
                        behind.Add((some[i], head));
                    }
                }
            }

            await LookForAsync(behind).ConfigureAwait(false);
            if (unknown.Count > 0)
            {
                _doubtsAll |= isAfterLoss;
            }

            if (!onlyCompare)
            {
                await TellRestoredAsync(unknown).ConfigureAwait(false);
            }
        }
        finally
        {
            _comparing.Release();
        }
    }

    private void TellAway()
    {
        if (!_connection.IsAway)
        {
            return;
        }

        _isAnyAway = true;
        foreach (WatchedRoom room in _rooms.Values)
        {
            if (_connection.IsAwayFor(room.Channel))
            {
                room.TellAway(true);
            }
        }
    }

    // Once a room has been compared and what it missed was read and told.
    private async Task TellRestoredAsync(HashSet<WatchedRoom> unknown)
    {
        if (!_isAnyAway)
        {
            return;
        }

        WatchedRoom[] rooms = [.. _rooms.Values];
        await Task.WhenAll(rooms.Select(static room => room.SettledAsync())).WaitAsync(SettleTime, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isAnyAway = false;
        foreach (WatchedRoom room in rooms)
        {
            if (_connection.IsAwayFor(room.Channel) || !room.SettledAsync().IsCompleted || unknown.Contains(room))
            {
                isAnyAway = true;
            }
            else
            {
                room.TellAway(false);
            }
        }

        _isAnyAway = isAnyAway;
    }

    private async Task<Position?> TouchAsync(WatchedRoom watched)
    {
        try
        {
            return await _logs.TouchAsync(watched.Name, isWatched: true, _stopping.Token).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            return null;
        }
    }

    // What was published a moment ago may not have come yet. What does not come at all was lost, and so may be what follows.
    private async Task LookForAsync(List<(WatchedRoom Room, Position Head)> behind)
    {
        behind.RemoveAll(static each => each.Room.HasReached(each.Head));
        if (behind.Count == 0)
        {
            return;
        }

        await Task.Delay(OnItsWay, _time, _stopping.Token).ConfigureAwait(false);
        behind.RemoveAll(static each => each.Room.HasReached(each.Head));
        if (behind.Count == 0)
        {
            return;
        }

        foreach ((WatchedRoom room, Position head) in behind)
        {
            room.Compare(head, head, mayBeOnItsWay: false);
        }

        // Not again and again: on a machine that is behind with everything it would make that worse.
        if (_lastRenewal == 0 || _time.GetElapsedTime(_lastRenewal) >= RenewalInterval)
        {
            _lastRenewal = _time.GetTimestamp();
            Log.Lost(_log, behind.Count);
            _connection.Subscriptions.Renew();
        }
    }
}
