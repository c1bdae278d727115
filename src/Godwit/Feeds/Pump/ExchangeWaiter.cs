using System.Threading.Tasks.Sources;
using Godwit.Access;
using Godwit.Limits;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>A held exchange: woken by the first entry after its position in any of its rooms, its deadline, or its client going away.</summary>
internal sealed class ExchangeWaiter : ShardWork, IHeldAnswer, IValueTaskSource<PollOutcome>
{
    private readonly Place[] _places;
    private readonly Shard _shard;
    private readonly long _deadline;
    private readonly HeldExchanges _held;
    private readonly UInt128 _session;
    private ManualResetValueTaskSourceCore<PollOutcome> _source;
    private CancellationTokenRegistration _registration;
    private bool _isCancelled;
    private bool _isAsked;
    private bool _isDone;
    private bool _isWaiting;
    private bool _isCounted;

    private ExchangeWaiter(ReadOnlySpan<WaitingPlace> places, Shard shard, HeldExchanges held, Caller caller, UInt128 session, long deadline)
    {
        Caller = caller;
        _places = new Place[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            _places[i] = new Place(this, places[i]);
        }

        _shard = shard;
        _held = held;
        _session = session;
        _deadline = deadline;
        _source.RunContinuationsAsynchronously = true;
    }

    /// <summary>Waits until there is something to read behind one of the places.</summary>
    /// <param name="places">Where the reader stands, in one or more rooms, none twice; the caller keeps them live.</param>
    /// <param name="shard">The shard that wakes.</param>
    /// <param name="held">Where it is noted for as long as it waits.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="session">Whose it is.</param>
    /// <param name="wait">How long.</param>
    /// <param name="cancel">The client went away.</param>
    public static ValueTask<PollOutcome> WaitAsync(ReadOnlySpan<WaitingPlace> places, Shard shard, HeldExchanges held, Caller caller, UInt128 session, TimeSpan wait, CancellationToken cancel)
    {
        var waiter = new ExchangeWaiter(places, shard, held, caller, session, shard.Clock.Now + (long)wait.TotalMilliseconds);
        waiter._registration = cancel.UnsafeRegister(static state => ((ExchangeWaiter)state!).Cancel(), waiter);
        held.Add(session, waiter);
        waiter.Post(shard);
        return new ValueTask<PollOutcome>(waiter, waiter._source.Version);
    }

    /// <inheritdoc/>
    public Caller Caller { get; }

    /// <inheritdoc/>
    public UInt128 SessionId => _session;

    /// <summary>The rooms it waits for.</summary>
    public IEnumerable<RoomName> Rooms => _places.Select(static place => place.Feed.Room);

    /// <summary>Has it answered, from any thread.</summary>
    public void AnswerSoon()
    {
        Volatile.Write(ref _isAsked, true);
        Post(_shard);
    }

    /// <inheritdoc/>
    public void AnswerNow() => Complete(Array.Exists(_places, static place => place.IsReady) ? PollOutcome.Ready : PollOutcome.TimedOut);

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

        if (Volatile.Read(ref _isAsked))
        {
            AnswerNow();
            return;
        }

        if (_isDone || _isWaiting)
        {
            return;
        }

        // All are there before any is looked at: whoever publishes to one of them from here on finds it.
        _isWaiting = true;
        foreach (Place place in _places)
        {
            place.Feed.ReadersOn(_shard).Add(place);
        }

        foreach (Place place in _places)
        {
            if (place.TryWake())
            {
                return;
            }
        }

        _shard.Wheel.Schedule(this, _deadline);
        _isCounted = true;
        _shard.Counts.Began(ReadTransport.SessionPoll);
        _shard.OnHeld(this);
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
            _shard.Counts.Ended(ReadTransport.SessionPoll);
        }

        if (_isWaiting)
        {
            foreach (Place place in _places)
            {
                place.Feed.ReadersOn(_shard).Remove(place);
            }

            _shard.Wheel.Unschedule(this);
        }

        _held.Remove(_session, this);
        _registration.Unregister();
        _source.SetResult(outcome);
    }

    /// <summary>One of the rooms.</summary>
    private sealed class Place(ExchangeWaiter waiter, WaitingPlace at) : IWaiting
    {
        public Feed Feed => at.Feed;

        public bool IsReady => at.IsReady;

        public int Index { get; set; } = -1;

        public bool TryWake()
        {
            if (IsReady || waiter._shard.IsStopping)
            {
                waiter.AnswerNow();
                return true;
            }

            return false;
        }
    }
}
