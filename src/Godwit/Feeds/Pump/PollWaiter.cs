using System.Threading.Tasks.Sources;
using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>How waiting for an entry ended.</summary>
internal enum PollOutcome
{
    /// <summary>There is something to read: an entry, or the log is another one.</summary>
    Ready,

    /// <summary>The time is up, or the server stops.</summary>
    TimedOut,

    /// <summary>The client went away.</summary>
    Cancelled,
}

/// <summary>A held poll: woken by the first entry after its position, its deadline, or its client going away.</summary>
/// <remarks>It has all that is needed to answer, so that nothing else is kept of a poll that waits.</remarks>
internal sealed class PollWaiter : ShardWork, IHeldAnswer, IWaiting, IValueTaskSource<PollOutcome>
{
    private readonly Shard _shard;
    private readonly Position _position;
    private readonly int _generation;
    private readonly long _deadline;
    private ManualResetValueTaskSourceCore<PollOutcome> _source;
    private CancellationTokenRegistration _registration;
    private bool _isCancelled;
    private bool _isDone;
    private bool _isWaiting;
    private bool _isCounted;

    private PollWaiter(FeedLease lease, Shard shard, in Judgement judgement, Caller caller, long deadline)
    {
        Lease = lease;
        Caller = caller;
        _shard = shard;
        _position = judgement.Position;
        _generation = judgement.Generation;
        _deadline = deadline;
        _source.RunContinuationsAsynchronously = true;
    }

    /// <summary>Keeps the room live; whoever waits disposes it.</summary>
    public FeedLease Lease { get; }

    /// <summary>The room.</summary>
    public Feed Feed => Lease.Feed;

    /// <summary>Where the client stands.</summary>
    public Judgement Place => new(_position, Verdict.Ok, null, _generation);

    /// <summary>Completes when there is something to read, or nothing to wait for; to be awaited once.</summary>
    public ValueTask<PollOutcome> Outcome => new(this, _source.Version);

    private bool IsReady => Feed.Head > _position.Offset || Feed.Generation != _generation;

    /// <inheritdoc/>
    public Caller Caller { get; }

    /// <inheritdoc/>
    public UInt128 SessionId => default;

    /// <summary>The place among the feed's waiters on this shard; −1 while it is not there.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Begins to wait until there is something to read behind a position that was judged <c>ok</c>.</summary>
    /// <param name="lease">The room.</param>
    /// <param name="shard">The shard that wakes.</param>
    /// <param name="judgement">Where the reader stands.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="wait">How long.</param>
    /// <param name="cancel">The client went away.</param>
    public static PollWaiter Begin(FeedLease lease, Shard shard, in Judgement judgement, Caller caller, TimeSpan wait, CancellationToken cancel)
    {
        var waiter = new PollWaiter(lease, shard, judgement, caller, shard.Clock.Now + (long)wait.TotalMilliseconds);
        waiter._registration = cancel.UnsafeRegister(static state => ((PollWaiter)state!).Cancel(), waiter);
        waiter.Post(shard);
        return waiter;
    }

    /// <summary>Wakes it if there is something to read; shard only.</summary>
    public bool TryWake()
    {
        if (IsReady || _shard.IsStopping)
        {
            AnswerNow();
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void AnswerNow() => Complete(IsReady ? PollOutcome.Ready : PollOutcome.TimedOut);

    /// <inheritdoc/>
    public PollOutcome GetResult(short token) => _source.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    internal override void OnDue() => Complete(PollOutcome.TimedOut);

    /// <inheritdoc/>
    protected override void Process()
    {
        if (Volatile.Read(ref _isCancelled))
        {
            Complete(PollOutcome.Cancelled);
            return;
        }

        if (_isDone || _isWaiting)
        {
            return;
        }

        _isWaiting = true;
        Feed.ReadersOn(_shard).Add(this);
        if (!TryWake())
        {
            _shard.Wheel.Schedule(this, _deadline);
            _isCounted = true;
            _shard.Counts.Began(ReadTransport.LongPoll);
            _shard.OnHeld(this);
        }
    }

    private void Cancel()
    {
        Volatile.Write(ref _isCancelled, true);
        Post(_shard);
    }

    private void Complete(PollOutcome outcome)
    {
        if (_isDone)
        {
            return;
        }

        _isDone = true;
        if (_isCounted)
        {
            _shard.Counts.Ended(ReadTransport.LongPoll);
        }

        if (_isWaiting)
        {
            Feed.ReadersOn(_shard).Remove(this);
            _shard.Wheel.Unschedule(this);
        }

        _registration.Unregister();
        _source.SetResult(outcome);
    }
}
