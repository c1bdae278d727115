using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Instruments;
using Godwit.Presence;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>One live stream of frames to a client, with a reader in each of its rooms.</summary>
/// <remarks>
/// What other threads want of it they put into its inbox and post; the shard alone touches everything else. Order on the
/// wire: the rest of a cut frame, control frames, entries.
/// </remarks>
internal sealed partial class Connection : ShardWork
{
    private readonly Shard _shard;
    private readonly Outlet _outlet;
    private ConnectionReaders _readers;
    private DueReaders _due;
    private int _hasArrived;
    private ControlQueue _control;
    private ConnectionInbox _inbox;
    private ConnectionTimes _times = new();
    private TaskCompletionSource? _barrier;
    private TaskCompletionSource? _ended;
    private bool _hasEnded;
    private uint _turn;
    private bool _isQueued;
    private bool _isSentAway;
    private Stage _stage;

    /// <summary>Makes a connection; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="shard">Where all of it happens.</param>
    /// <param name="outlet">Where its frames go.</param>
    /// <param name="framing">How they look.</param>
    /// <param name="transport">What it is counted as.</param>
    public Connection(Shard shard, Outlet outlet, Framing framing, ReadTransport transport)
    {
        Transport = transport;
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

    /// <summary>Its transport.</summary>
    public ReadTransport Transport { get; }

    /// <summary>How its frames look.</summary>
    public Framing Framing { get; }

    /// <summary>Whether <see cref="Ended"/> has completed, without making it.</summary>
    public bool HasEnded => Volatile.Read(ref _hasEnded);

    /// <summary>Completes when the outlet is not used any more.</summary>
    /// <remarks>Made for whoever asks first: most connections are asked by nobody before they have ended.</remarks>
    public Task Ended
    {
        get
        {
            TaskCompletionSource? ended = Volatile.Read(ref _ended);
            if (ended is null)
            {
                var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ended = Interlocked.CompareExchange(ref _ended, made, null) ?? made;
            }

            // The shard looks for it after it has said so; one of the two sees the other.
            if (Volatile.Read(ref _hasEnded))
            {
                ended.TrySetResult();
            }

            return ended.Task;
        }
    }

    /// <summary>Whether it has not been ended; shard only.</summary>
    internal bool IsOpen => _stage == Stage.Open;

    /// <summary>Why the server ended it; null when the client did or it lives.</summary>
    public ErrorCode? Reason { get; private set; }

    /// <summary>The shard that all of it happens on.</summary>
    internal Shard Shard => _shard;

    internal Connection? ChainNext { get; set; }

    internal Connection? ChainPrevious { get; set; }

    /// <summary>Whether an entry can be sent at once, past nothing that waits.</summary>
    internal bool IsIdle => _stage == Stage.Open && _readers.Count == 1 && _control.IsEmpty && !_outlet.IsFull;

    /// <summary>Begins: from now on there are heartbeats.</summary>
    public void Start() => Ask(new ConnectionRequest(ConnectionRequestKind.Start));

    /// <summary>Adds a reader of one more room, behind the frame that tells the client.</summary>
    public void Join(Reader reader, byte[] joined) => Ask(new ConnectionRequest(ConnectionRequestKind.Join, joined, reader));

    /// <summary>Removes a reader; its entries end before the frame that tells the client.</summary>
    public void Leave(Reader reader, byte[]? left) => Ask(new ConnectionRequest(ConnectionRequestKind.Leave, left, reader));

    /// <summary>Sends a control frame, and disposes of what it took from the budget of large answers once it is out, or will never be.</summary>
    public void Send(byte[] frame, AnswerHold? hold = null) => Ask(new ConnectionRequest(ConnectionRequestKind.Control, frame, Hold: hold));

    /// <summary>Completes when the control frames sent so far are on their way: whoever causes many waits for each.</summary>
    public Task DrainedAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Ask(new ConnectionRequest(ConnectionRequestKind.Barrier, Barrier: drained));
        return drained.Task;
    }

    /// <summary>Ends it behind the control frames that wait and a last one.</summary>
    public void Close(byte[]? last) => Ask(new ConnectionRequest(ConnectionRequestKind.Close, last));

    /// <summary>Ends it at once, whatever waits.</summary>
    public void Abort() => Ask(new ConnectionRequest(ConnectionRequestKind.Abort));

    /// <summary>Says that the client was heard of, and whether it is in the middle of a message.</summary>
    public void OnReceived(bool inMessage = false) => _times.OnReceived(_shard.Clock.Now, inMessage);

    /// <summary>The outlet takes frames again.</summary>
    internal void OnWritable() => Post(_shard);

    /// <summary>The client has taken a part of what makes the outlet full: it is slow, and not stalled.</summary>
    internal void OnProgress() => _times.OnProgress(_shard.Clock.Now);

    /// <summary>A page that a reader asked for has come, or will not.</summary>
    internal void OnPage()
    {
        Volatile.Write(ref _hasArrived, 1);
        Post(_shard);
    }

    /// <summary>Queues the frame of a control object; shard only.</summary>
    internal void Queue(byte[] controlObject, Position? position) => QueueFrame(Framing.Control(controlObject, position));

    /// <summary>Queues a frame; shard only.</summary>
    internal void Queue(in ControlFrame frame) => QueueFrame(frame);

    /// <summary>Has it served by itself; shard only.</summary>
    internal void QueueServe()
    {
        if (!_isQueued && _stage != Stage.Ended)
        {
            _isQueued = true;
            _shard.QueueServe(this);
        }
    }

    /// <summary>Has it served for one of its readers, of which there is something to send or to tell; shard only.</summary>
    internal void QueueServe(Reader reader)
    {
        MarkDue(reader);
        if (!IsHeld(reader) || reader.HasNews)
        {
            QueueServe();
        }
    }

    /// <summary>Ends it behind a frame that says why; shard only.</summary>
    internal void End(ErrorCode reason, byte[]? before = null)
    {
        if (_stage == Stage.Open)
        {
            Reason = reason;
            GodwitMeter.Ended(reason);
            if (reason == ErrorCode.Overloaded)
            {
                _control.ClearWaiting();
            }

            if (before is not null)
            {
                _control.Add(before);
            }

            BeginClose(Framing.End(reason));
        }
    }

    /// <summary>Tells the client that the server stops, and ends at once unless the client is to have time; shard only.</summary>
    /// <param name="closes">In how many ms the shard will end it; 0 for now.</param>
    /// <param name="back">After how many ms the client is to come back.</param>
    internal void Drain(long closes, long back)
    {
        _isSentAway = true;
        byte[] frame = Framing.Drain(closes, back);
        if (closes == 0)
        {
            End(ErrorCode.Drain, frame);
        }
        else
        {
            QueueFrame(frame);
            QueueServe();
        }
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        if (_inbox.Take() is { } requests)
        {
            foreach (ConnectionRequest request in requests)
            {
                Handle(request);
            }
        }

        NoteWritable();
        if (Interlocked.Exchange(ref _latestMaySend, 0) != 0)
        {
            _isLatestHeld = false;
        }

        if (Interlocked.Exchange(ref _hasArrived, 0) != 0)
        {
            for (int i = 0; i < _readers.Count; i++)
            {
                Reader reader = _readers[i];
                if (reader.TakeArrived(keep: !_outlet.IsFull))
                {
                    MarkDue(reader);
                }
            }
        }

        QueueServe();
    }

    private void Ask(in ConnectionRequest request)
    {
        _inbox.Add(request);
        Post(_shard);
    }

    private void Handle(in ConnectionRequest request)
    {
        switch (request.Kind)
        {
            case ConnectionRequestKind.Start when _stage == Stage.New:
                _stage = Stage.Open;
                Since = _shard.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds();
                _times.OnSent(_shard.Now);
                OnReceived();
                _shard.Connections.Add(this);
                _shard.Counts.Began(Transport, _outlet.Lane);
                ScheduleHeartbeat();
                _shard.OnStarted(this);
                break;
            case ConnectionRequestKind.Join when _stage == Stage.Open:
                QueueFrame(request.Frame!);
                request.Reader!.Connection = this;
                _readers.Add(request.Reader);
                request.Reader.Feed.ReadersOn(_shard).Add(request.Reader);

                // The first has been the only one so far.
                MarkDue(_readers[0]);
                MarkDue(request.Reader);
                break;
            case ConnectionRequestKind.Join:
                request.Reader!.Membership?.End(DepartureNow);
                request.Reader.Lease.Dispose();
                break;
            case ConnectionRequestKind.Leave when request.Reader!.Connection == this:
                _readers.Remove(request.Reader);
                LetGo(request.Reader, Departure.Left);
                if (request.Frame is not null)
                {
                    QueueFrame(request.Frame);
                }

                break;
            case ConnectionRequestKind.Reconsider:
                Reconsider(request.Access!);
                break;
            case ConnectionRequestKind.Control:
                QueueFrame(new ControlFrame(request.Frame!, request.Hold));
                break;
            case ConnectionRequestKind.Barrier:
                _barrier?.TrySetResult();
                _barrier = request.Barrier;
                if (_stage == Stage.Ended)
                {
                    _barrier!.TrySetResult();
                }

                break;
            case ConnectionRequestKind.Close when _stage == Stage.New:
            case ConnectionRequestKind.Abort when _stage == Stage.New:
                Finish();
                break;
            case ConnectionRequestKind.Close when _stage == Stage.Open:
                BeginClose(request.Frame);
                break;
            case ConnectionRequestKind.Abort:
                AbortNow();
                break;
        }
    }

    private void BeginClose(byte[]? last)
    {
        if (last is not null)
        {
            _control.Add(last);
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
            _shard.Counts.Ended(Transport, _outlet.Lane);
        }

        _stage = Stage.Ended;
        _shard.Wheel.Unschedule(this);
        for (int i = 0; i < _readers.Count; i++)
        {
            LetGo(_readers[i], DepartureNow);
        }

        _readers.Clear();
        _control.Clear();
        _barrier?.TrySetResult();
        Volatile.Write(ref _hasEnded, true);
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _ended)?.TrySetResult();
        _outlet.OnEnded();
    }

    /// <summary>How its session's memberships end with it.</summary>
    private Departure DepartureNow =>
        _isSentAway ? Departure.Sent
        : Reason == ErrorCode.TokenRevoked || Reason == ErrorCode.SessionRevoked || Reason == ErrorCode.Disconnected ? Departure.Left
        : Departure.Lost;

    private void LetGo(Reader reader, Departure departure)
    {
        reader.Membership?.End(departure);
        _due.Remove(reader);
        if (_readers.Count == 1)
        {
            _due.Clear();
        }

        reader.Feed.ReadersOn(_shard).Remove(reader);
        reader.Connection = null;
        reader.Page = null;
        reader.Lease.Dispose();
    }

    private void MarkDue(Reader reader)
    {
        if (_readers.Count > 1)
        {
            _due.Add(reader);
        }
    }

    private void QueueFrame(in ControlFrame frame)
    {
        if (_stage != Stage.Open)
        {
            frame.Hold?.Dispose();
        }
        else if (!_control.TryAdd(frame))
        {
            frame.Hold?.Dispose();
            End(ErrorCode.Overloaded);
        }
    }
}
