using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>One live stream of frames to a client, with a reader in each of its rooms.</summary>
/// <remarks>
/// What other threads want of it they put into its inbox and post; the shard alone touches everything else. Order on the
/// wire: the rest of a cut frame, control frames, entries.
/// </remarks>
internal sealed class Connection : ShardWork
{
    private const int MaxControlFrames = 16;
    private const int MaxControlBytes = 4 << 10;

    private readonly Shard _shard;
    private readonly Outlet _outlet;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Reader> _readers = new(1);
    private readonly Queue<byte[]> _control = new(0);
    private List<Request>? _inbox;
    private TaskCompletionSource? _barrier;
    private int _controlBytes;
    private int _turn;
    private long _lastSent;
    private long _lastHeartbeat;
    private long _lastReceived;
    private long _messageSince = -1;
    private long _fullSince = -1;
    private bool _isQueued;
    private Stage _stage;

    /// <summary>Makes a connection; nothing happens before <see cref="Start"/>.</summary>
    public Connection(Shard shard, Outlet outlet, Framing framing)
    {
        _shard = shard;
        _outlet = outlet;
        Framing = framing;
        outlet.Bind(this);
    }

    private enum Stage
    {
        New,
        Open,
        Closing,
        Aborted,
        Ended,
    }

    private enum RequestKind
    {
        Start,
        Join,
        Leave,
        Control,
        Barrier,
        Close,
        Abort,
    }

    /// <summary>How its frames look.</summary>
    public Framing Framing { get; }

    /// <summary>Completes when the outlet is not used any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Why the server ended it; null when the client did or it lives.</summary>
    public ErrorCode? Reason { get; private set; }

    internal Connection? ChainNext { get; set; }

    internal Connection? ChainPrevious { get; set; }

    /// <summary>Whether an entry can be sent at once, past nothing that waits.</summary>
    internal bool IsIdle => _stage == Stage.Open && _readers.Count == 1 && _control.Count == 0 && !_outlet.IsFull;

    /// <summary>Begins: from now on there are heartbeats.</summary>
    public void Start() => Ask(new Request(RequestKind.Start));

    /// <summary>Adds a reader of one more room, behind the frame that tells the client.</summary>
    public void Join(Reader reader, byte[] joined) => Ask(new Request(RequestKind.Join, joined, reader));

    /// <summary>Removes a reader; its entries end before the frame that tells the client.</summary>
    public void Leave(Reader reader, byte[]? left) => Ask(new Request(RequestKind.Leave, left, reader));

    /// <summary>Sends a control frame.</summary>
    public void Send(byte[] frame) => Ask(new Request(RequestKind.Control, frame));

    /// <summary>Completes when the control frames sent so far are on their way: whoever causes many waits for each.</summary>
    public Task DrainedAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Ask(new Request(RequestKind.Barrier, Barrier: drained));
        return drained.Task;
    }

    /// <summary>Ends it behind the control frames that wait and a last one.</summary>
    public void Close(byte[]? last) => Ask(new Request(RequestKind.Close, last));

    /// <summary>Ends it at once, whatever waits.</summary>
    public void Abort() => Ask(new Request(RequestKind.Abort));

    /// <summary>Says that the client was heard of, and whether it is in the middle of a message.</summary>
    public void OnReceived(bool inMessage = false)
    {
        long now = _shard.Clock.Now;
        Volatile.Write(ref _lastReceived, now);
        if (!inMessage || Volatile.Read(ref _messageSince) < 0)
        {
            Volatile.Write(ref _messageSince, inMessage ? now : -1);
        }
    }

    /// <summary>The outlet takes frames again.</summary>
    internal void OnWritable() => Post(_shard);

    /// <summary>A page that a reader asked for has come, or will not.</summary>
    internal void OnPage() => Post(_shard);

    /// <summary>Queues the frame of a control object; shard only.</summary>
    internal void Queue(byte[] controlObject, Position? position) => QueueFrame(Framing.Control(controlObject, position));

    /// <summary>Has it served by itself; shard only.</summary>
    internal void QueueServe()
    {
        if (!_isQueued && _stage != Stage.Ended)
        {
            _isQueued = true;
            _shard.QueueServe(this);
        }
    }

    /// <summary>Ends it behind a frame that says why; shard only.</summary>
    internal void End(ErrorCode reason, byte[]? before = null)
    {
        if (_stage == Stage.Open)
        {
            Reason = reason;
            if (reason == ErrorCode.Overloaded)
            {
                _control.Clear();
            }

            if (before is not null)
            {
                _control.Enqueue(before);
            }

            BeginClose(Framing.End(reason));
        }
    }

    /// <summary>Tells the client to reconnect, to another server if there is one; shard only.</summary>
    internal void Drain() => End(ErrorCode.Drain, Framing.Control(ControlObject.Drain(), null));

    /// <summary>Sends one range; the caller saw that the connection is idle. Shard only.</summary>
    internal void SendDirect(Reader reader, in FrameRange range)
    {
        reader.Next += _outlet.Send(range);
        AfterSend();
    }

    /// <summary>The most octets worth looking up for one send.</summary>
    internal int MaxSend => _outlet.MaxSend;

    /// <summary>Sends what is due, one run of frames at the most, and returns the number of sends; shard only.</summary>
    internal int Serve()
    {
        _isQueued = false;
        if (_stage is Stage.New or Stage.Ended)
        {
            return 0;
        }

        if (_outlet.IsFull)
        {
            LetGoOfPages();
            return 0;
        }

        _fullSince = -1;
        if (_stage == Stage.Aborted)
        {
            Finish();
            return 0;
        }

        int sends = SendControl();
        if (_stage == Stage.Closing)
        {
            if (_control.Count == 0 && !_outlet.IsFull)
            {
                Finish();
            }

            return sends;
        }

        if (!_outlet.IsFull && _control.Count == 0)
        {
            sends += _readers.Count == 1 ? SendSingle(_readers[0]) : SendGathered();
        }

        return Math.Max(1, sends);
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        List<Request>? requests = Interlocked.Exchange(ref _inbox, null);
        if (requests is not null)
        {
            lock (requests)
            {
                foreach (Request request in requests)
                {
                    Handle(request);
                }
            }
        }

        if (_fullSince >= 0 && !_outlet.IsFull)
        {
            _fullSince = -1;
            ScheduleHeartbeat();
        }

        foreach (Reader reader in _readers)
        {
            if (Interlocked.Exchange(ref reader.Arrived, null) is { } page)
            {
                reader.IsPaging = false;
                reader.Page = page.IsEmpty || _outlet.IsFull ? null : page;
            }

            reader.IsDue = true;
        }

        QueueServe();
    }

    /// <inheritdoc/>
    internal override void OnDue()
    {
        long now = _shard.Now;
        if (_outlet.IsFull)
        {
            if (_fullSince >= 0 && now - _fullSince >= _shard.Clock.StallLimit)
            {
                Reason = ErrorCode.Stalled;
                AbortNow();
            }

            _shard.Wheel.Schedule(this, now + _shard.Clock.StallLimit);
            return;
        }

        long silent = Framing == Framing.WebSocket ? now - Volatile.Read(ref _lastReceived) : 0;
        if (silent > (2 * _shard.Clock.Heartbeat) + _shard.Clock.StallLimit)
        {
            End(ErrorCode.Silent);
        }
        else if (Volatile.Read(ref _messageSince) is >= 0 and var since && now - since > _shard.Clock.StallLimit)
        {
            End(ErrorCode.MessageTimeout);
        }
        else if (_stage == Stage.Open && now - QuietSince >= _shard.Clock.Heartbeat * 4 / 5 && _control.Count == 0)
        {
            _lastHeartbeat = now;
            _outlet.Send(FrameRange.Single(Framing.Heartbeat));
            AfterSend();
        }

        QueueServe();
        if (_stage is Stage.Open or Stage.Closing && !_outlet.IsFull)
        {
            ScheduleHeartbeat();
        }
    }

    /// <summary>Since when a heartbeat is missing. A WebSocket is pinged too when nothing was received: it may be busy one way and dead the other.</summary>
    private long QuietSince => Framing == Framing.WebSocket
        ? Math.Min(_lastSent, Math.Max(Volatile.Read(ref _lastReceived), _lastHeartbeat))
        : _lastSent;

    private void Ask(Request request)
    {
        while (true)
        {
            List<Request>? inbox = Volatile.Read(ref _inbox);
            if (inbox is null)
            {
                inbox = new List<Request>(1);
                if (Interlocked.CompareExchange(ref _inbox, inbox, null) is not null)
                {
                    continue;
                }
            }

            lock (inbox)
            {
                // The shard may have taken the list between the two lines above.
                if (Volatile.Read(ref _inbox) != inbox)
                {
                    continue;
                }

                inbox.Add(request);
                break;
            }
        }

        Post(_shard);
    }

    private void Handle(Request request)
    {
        switch (request.Kind)
        {
            case RequestKind.Start when _stage == Stage.New:
                _stage = Stage.Open;
                _lastSent = _shard.Now;
                OnReceived();
                _shard.Connections.Add(this);
                ScheduleHeartbeat();
                if (_shard.IsStopping)
                {
                    Drain();
                }

                break;
            case RequestKind.Join when _stage == Stage.Open:
                QueueFrame(request.Frame!);
                request.Reader!.Connection = this;
                _readers.Add(request.Reader);
                request.Reader.Feed.ReadersOn(_shard).Add(request.Reader);
                break;
            case RequestKind.Join:
                request.Reader!.Lease.Dispose();
                break;
            case RequestKind.Leave when request.Reader!.Connection == this:
                _readers.Remove(request.Reader);
                LetGo(request.Reader);
                if (request.Frame is not null)
                {
                    QueueFrame(request.Frame);
                }

                break;
            case RequestKind.Control:
                QueueFrame(request.Frame!);
                break;
            case RequestKind.Barrier:
                _barrier?.TrySetResult();
                _barrier = request.Barrier;
                if (_stage == Stage.Ended)
                {
                    _barrier!.TrySetResult();
                }

                break;
            case RequestKind.Close when _stage == Stage.New:
            case RequestKind.Abort when _stage == Stage.New:
                Finish();
                break;
            case RequestKind.Close when _stage == Stage.Open:
                BeginClose(request.Frame);
                break;
            case RequestKind.Abort:
                AbortNow();
                break;
        }
    }

    private void BeginClose(byte[]? last)
    {
        if (last is not null)
        {
            _control.Enqueue(last);
        }

        _stage = Stage.Closing;
        QueueServe();
    }

    private void AbortNow()
    {
        if (_stage is Stage.Open or Stage.Closing)
        {
            _stage = Stage.Aborted;
            _control.Clear();
            _outlet.Abort();
            QueueServe();
        }
    }

    private void Finish()
    {
        if (_stage is Stage.Open or Stage.Closing or Stage.Aborted)
        {
            _shard.Connections.Remove(this);
        }

        _stage = Stage.Ended;
        _shard.Wheel.Unschedule(this);
        foreach (Reader reader in _readers)
        {
            LetGo(reader);
        }

        _readers.Clear();
        _control.Clear();
        _barrier?.TrySetResult();
        _ended.TrySetResult();
    }

    private void LetGo(Reader reader)
    {
        reader.Feed.ReadersOn(_shard).Remove(reader);
        reader.Connection = null;
        reader.Page = null;
        reader.Lease.Dispose();
    }

    private void LetGoOfPages()
    {
        // A stalled reader keeps no page alive; it asks again when the client takes more.
        foreach (Reader reader in _readers)
        {
            reader.Page = null;
        }
    }

    private void QueueFrame(byte[] frame)
    {
        if (_stage != Stage.Open)
        {
            return;
        }

        if (_control.Count >= MaxControlFrames || (_control.Count > 0 && _controlBytes + frame.Length > MaxControlBytes))
        {
            End(ErrorCode.Overloaded);
            return;
        }

        _control.Enqueue(frame);
        _controlBytes += frame.Length;
    }

    private int SendControl()
    {
        foreach (Reader reader in _readers)
        {
            if (reader.HasNews)
            {
                reader.Announce();
            }
        }

        int sends = 0;
        while (!_outlet.IsFull && _control.TryDequeue(out byte[]? frame))
        {
            _controlBytes = _control.Count == 0 ? 0 : _controlBytes - frame.Length;
            _outlet.Send(FrameRange.Single(frame));
            AfterSend();
            sends++;
        }

        if (_control.Count == 0 && _barrier is not null)
        {
            _barrier.TrySetResult();
            _barrier = null;
        }

        return sends;
    }

    private int SendSingle(Reader reader)
    {
        if (!reader.TryRange(_outlet.MaxSend, out FrameRange range))
        {
            if (_control.Count > 0 || reader.HasNews)
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
        bool again = false;
        for (int i = 0; i < _readers.Count; i++)
        {
            // Whoever was first last time is last this time.
            Reader reader = _readers[(_turn + i) % _readers.Count];
            if (!reader.IsDue)
            {
                continue;
            }

            if (!reader.TryRange(_outlet.MaxSend, out FrameRange range))
            {
                reader.IsDue = false;
                continue;
            }

            int taken = gather.Add(reader, range);
            if (taken == 0 && gather.IsEmpty)
            {
                SendDirect(reader, range);
                sends++;
                again = true;
                break;
            }

            again |= taken < range.Count;
        }

        _turn++;
        if (!gather.IsEmpty)
        {
            gather.SendTo(_outlet);
            AfterSend();
            sends++;
        }

        foreach (Reader reader in _readers)
        {
            again |= reader.IsDue && reader.IsWaiting && !reader.IsPaging;
        }

        if (again || _control.Count > 0)
        {
            QueueServe();
        }

        return sends;
    }

    private void AfterSend()
    {
        _lastSent = _shard.Now;
        if (_outlet.IsFull && _fullSince < 0)
        {
            _fullSince = _shard.Now;
            LetGoOfPages();
            _shard.Wheel.Schedule(this, _shard.Now + _shard.Clock.StallLimit);
        }
    }

    private void ScheduleHeartbeat()
    {
        // Up to a fifth early, so that connections that began together do not beat together.
        long spread = _shard.Clock.Heartbeat / 5;
        _shard.Wheel.Schedule(this, QuietSince + _shard.Clock.Heartbeat - Random.Shared.NextInt64(spread + 1));
    }

    private readonly record struct Request(RequestKind Kind, byte[]? Frame = null, Reader? Reader = null, TaskCompletionSource? Barrier = null);
}
