using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Instruments;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>The sending of a connection: all of it happens on its shard.</summary>
internal sealed partial class Connection
{
    /// <summary>The most octets worth looking up for one send.</summary>
    internal int MaxSend => _outlet.MaxSend;

    /// <summary>How many of its rooms it looks at when it is served next, if it has several.</summary>
    internal int DueRooms => _due.Count;

    /// <summary>Sends one range; the caller saw that the connection is idle. Shard only.</summary>
    internal void SendDirect(Reader reader, in FrameRange range)
    {
        int sent = _outlet.Send(range);
        reader.OnSent(sent);
        _shard.Counts.Delivered(Transport, sent);
        AfterSend();
    }

    /// <summary>Sends what is due, one run of frames at the most, and returns the number of sends; shard only.</summary>
    internal int Serve()
    {
        _isQueued = false;
        if (_stage is Stage.New or Stage.Ended)
        {
            return 0;
        }

        int latest = SendLatest();
        if (_outlet.IsFull)
        {
            LetGoOfPages();
            return latest;
        }

        NoteWritable();
        if (_stage == Stage.Aborted)
        {
            Finish();
            return 0;
        }

        int sends = latest + SendControl();
        if (_stage == Stage.Closing)
        {
            if (_control.IsEmpty && !_outlet.IsFull)
            {
                Finish();
            }

            return sends;
        }

        if (!_outlet.IsFull && _control.IsEmpty)
        {
            sends += _readers.Count == 1 ? SendSingle(_readers[0]) : SendGathered();
        }

        return Math.Max(1, sends);
    }

    /// <inheritdoc/>
    internal override void OnDue()
    {
        long now = _shard.Now;
        if (_outlet.IsFull)
        {
            if (IsCredentialOver())
            {
                End(ErrorCode.TokenExpired);
            }

            // Who is to end has the stall limit for all of what is on its way, however it takes it.
            long end = _stage == Stage.Open ? _times.StallsAt(_shard.Clock) : _times.FullSince + _shard.Clock.StallLimit;
            if (now >= end)
            {
                if (_stage != Stage.Aborted && Reason is null)
                {
                    Reason = ErrorCode.Stalled;
                    GodwitMeter.Ended(ErrorCode.Stalled);
                }

                AbortNow();
                end = now + _shard.Clock.StallLimit;
            }

            _shard.Wheel.Schedule(this, end);
            return;
        }

        if (_times.IsSilent(now, _shard.Clock, Framing))
        {
            End(ErrorCode.Silent);
        }
        else if (_times.IsMessageOverdue(now, _shard.Clock))
        {
            End(ErrorCode.MessageTimeout);
        }
        else if (IsCredentialOver())
        {
            End(ErrorCode.TokenExpired);
        }
        else if (_stage == Stage.Open && _control.IsEmpty && _times.IsHeartbeatDue(now, _shard.Clock, Framing))
        {
            _times.OnHeartbeat(now);
            _outlet.Send(FrameRange.Single(Framing.Heartbeat));
            AfterSend();
        }

        QueueServe();
        if (_stage is Stage.Open or Stage.Closing && !_outlet.IsFull)
        {
            ScheduleHeartbeat();
        }
    }

    /// <summary>Sends the control frames that wait, and those for what happened to the rooms meanwhile.</summary>
    private int SendControl()
    {
        int sends = FlushControl();
        int count = Lookable;
        for (int i = 0; i < count && _control.IsEmpty && !_outlet.IsFull; i++)
        {
            // One reader's news at a time: however many rooms there are, they never wait in the queue together.
            Reader reader = LookAt(i);
            if (reader.HasNews)
            {
                reader.Announce();
                sends += FlushControl();
            }
        }

        if (_control.IsEmpty && _barrier is not null)
        {
            _barrier.TrySetResult();
            _barrier = null;
        }

        return sends;
    }

    private int FlushControl()
    {
        int sends = 0;
        while (!_outlet.IsFull && _control.TryPeek(_outlet.MaxSend, out FrameRange piece))
        {
            if (_control.TryGather(_shard.Gather))
            {
                _control.RemoveGathered(_shard.Gather.SendTo(_outlet));
            }
            else
            {
                _outlet.Send(piece);
                _control.Remove(piece);
            }

            AfterSend();
            sends++;
        }

        return sends;
    }

    private int SendSingle(Reader reader)
    {
        if (IsHeld(reader))
        {
            return 0;
        }

        if (!TryOrdinary(reader, out FrameRange range))
        {
            if (!_control.IsEmpty || reader.HasNews || CanSend(reader))
            {
                QueueServe();
            }

            return 0;
        }

        SendDirect(reader, range);
        if (reader.IsWaiting)
        {
            QueueServe();
        }

        return 1;
    }

    private int SendGathered()
    {
        GatherBuffer gather = _shard.Gather;
        int sends = 0;
        for (int i = 0; i < _due.Count && _control.IsEmpty; i++)
        {
            // Whoever was first last time is last this time.
            Reader reader = _due[(int)((_turn + (uint)i) % (uint)_due.Count)];
            if (IsHeld(reader) || !TryOrdinary(reader, out FrameRange range))
            {
                // One that has to tell something first, a gap or a reset, is not done yet.
                reader.IsDue = reader.HasNews || (reader.IsWaiting && !reader.IsPaging);
                continue;
            }

            if (gather.Add(reader, range) == 0 && gather.IsEmpty)
            {
                SendDirect(reader, range);
                sends++;
                break;
            }
        }

        _turn++;
        if (!gather.IsEmpty)
        {
            _shard.Counts.Delivered(Transport, gather.SendTo(_outlet));
            AfterSend();
            sends++;
        }

        _due.Sweep();
        bool again = !_control.IsEmpty;
        for (int i = 0; i < _due.Count && !again; i++)
        {
            again = _due[i].HasNews || CanSend(_due[i]);
        }

        if (again)
        {
            QueueServe();
        }

        return sends;
    }

    private void AfterSend()
    {
        _times.OnSent(_shard.Now);
        if (_outlet.IsFull)
        {
            // It was not before this send, whatever has been noted of an earlier time.
            _times.FullSince = _shard.Now;
            LetGoOfPages();
            _shard.Wheel.Schedule(this, _shard.Now + _shard.Clock.StallLimit);
        }
    }

    /// <summary>Goes back from waiting for the outlet to heartbeats, whoever notices first that it takes frames again.</summary>
    private void NoteWritable()
    {
        if (_times.FullSince >= 0 && !_outlet.IsFull)
        {
            _times.FullSince = -1;
            ScheduleHeartbeat();
        }
    }

    private void ScheduleHeartbeat() => _shard.Wheel.Schedule(this, Math.Min(_times.NextHeartbeat(_shard.Clock, Framing), CredentialEnd()));

    private void LetGoOfPages()
    {
        // A stalled reader keeps no page alive; it asks again when the client takes more.
        int count = Lookable;
        for (int i = 0; i < count; i++)
        {
            LookAt(i).Page = null;
        }
    }

    /// <summary>How many readers there may be something to do for.</summary>
    private int Lookable => _readers.Count <= 1 ? _readers.Count : _due.Count;

    private Reader LookAt(int index) => _readers.Count == 1 ? _readers[0] : _due[index];
}
