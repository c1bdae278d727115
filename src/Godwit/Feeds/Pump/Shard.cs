using System.Collections.Concurrent;

namespace Godwit.Feeds.Pump;

/// <summary>One worker that sends. Each connection belongs to one shard, and nothing of it is sent or ended elsewhere.</summary>
/// <remarks>
/// At most one work item is in flight. It runs one turn, at most 1 ms or 128 sends, and goes to the back of the thread
/// pool's queue if there is more to do: so requests get their time, a quiet room is not kept waiting by a busy one, and
/// the mailbox is looked at between any two turns.
/// </remarks>
internal sealed class Shard : IThreadPoolWorkItem, IDisposable
{
    /// <summary>The sends of a turn.</summary>
    public const int TurnSends = 128;

    private const long TurnLength = 1;

    private readonly ConcurrentQueue<ShardWork> _mailbox = new();
    private readonly Queue<FeedReaders> _walks = new();
    private readonly Queue<Connection> _serves = new();
    private readonly Action<IThreadPoolWorkItem> _queue;
    private readonly ITimer _timer;
    private long _timerDue = long.MaxValue;
    private int _scheduled;
    private bool _isStopping;
    private ShardDrain? _drain;

    /// <summary>Makes a shard that has nothing to do.</summary>
    /// <param name="clock">The time.</param>
    /// <param name="index">Its place among the shards.</param>
    /// <param name="queue">Has a work item run, on any thread: the thread pool's queue.</param>
    public Shard(PumpClock clock, int index, Action<IThreadPoolWorkItem> queue)
    {
        _queue = queue;
        Clock = clock;
        Index = index;
        _timer = clock.Time.CreateTimer(static state => ((Shard)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time.</summary>
    public PumpClock Clock { get; }

    /// <summary>Its place among the shards.</summary>
    public int Index { get; }

    /// <summary>The time at the beginning of this turn, in ms.</summary>
    public long Now { get; private set; }

    /// <summary>The deadlines.</summary>
    public TimerWheel Wheel { get; } = new();

    /// <summary>Frames of several rooms on their way to one send.</summary>
    public GatherBuffer Gather { get; } = new();

    /// <summary>The connections of this shard.</summary>
    public ConnectionChain Connections { get; } = new();

    /// <summary>What is counted here.</summary>
    public ShardCounts Counts { get; } = new();

    /// <summary>Puts a work into the mailbox; any thread.</summary>
    public void Enqueue(ShardWork work)
    {
        _mailbox.Enqueue(work);
        Schedule();
    }

    /// <summary>Has the readers of a feed walked; worker only.</summary>
    public void QueueWalk(FeedReaders readers) => _walks.Enqueue(readers);

    /// <summary>Has a connection served by itself; worker only.</summary>
    public void QueueServe(Connection connection) => _serves.Enqueue(connection);

    /// <summary>Whether the turn that began at <see cref="Now"/> has lasted long enough.</summary>
    public bool TurnIsOver() => Clock.Now - Now >= TurnLength;

    void IThreadPoolWorkItem.Execute()
    {
        // Whoever posts from here on schedules again, or finds us still at work below. A full fence: the mailbox is not to be
        // looked at before this is seen, else someone who posts in between would rely on a look that has been.
        Interlocked.Exchange(ref _scheduled, 2);
        Now = Clock.Now;
        Wheel.Advance(Now);
        for (int mail = _mailbox.Count; mail > 0 && _mailbox.TryDequeue(out ShardWork? work); mail--)
        {
            work.RunPosted();
        }

        Serve();
        Walk();
        if (_walks.Count > 0 || _serves.Count > 0 || !_mailbox.IsEmpty)
        {
            Requeue();
            return;
        }

        SetTimer();
        if (Interlocked.CompareExchange(ref _scheduled, 0, 2) != 2)
        {
            Requeue();
        }
    }

    /// <summary>Whether the server stops now: connections and polls are ended as they come.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Begins to let connections and held polls go by a plan; any thread.</summary>
    public void Drain(DrainPlan plan) => new ShardDrain(this, plan).Post(this);

    /// <summary>Tells every connection that the server stops; any thread. Polls are answered when their readers are posted afterwards.</summary>
    public void Stop()
    {
        // At once, not when the mail is read: a poll that is looked at between the two would be held for good.
        Volatile.Write(ref _isStopping, true);
        new Stopping(this).Post(this);
    }

    /// <summary>Does something with every connection; any thread.</summary>
    public void ForEachConnection(Action<Connection> action) => new Calling(this, action).Post(this);

    /// <summary>Goes over all that is here; any thread.</summary>
    public void Sweep(IShardSweep sweep) => new Sweeping(this, sweep).Post(this);

    /// <summary>A drain has begun here: it is told of whatever still comes; worker only.</summary>
    public void OnDraining(ShardDrain drain) => _drain ??= drain;

    /// <summary>A connection has begun; worker only.</summary>
    public void OnStarted(Connection connection)
    {
        if (IsStopping)
        {
            End(connection);
            return;
        }

        _drain?.Add(connection);
    }

    /// <summary>An answer is held, with a deadline in the wheel; worker only.</summary>
    public void OnHeld(IHeldAnswer answer) => _drain?.Add(answer);

    /// <summary>Ends the timer.</summary>
    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        // The next turn sets it anew, whatever it was set to.
        Volatile.Write(ref _timerDue, long.MaxValue);
        Schedule();
    }

    private void Serve()
    {
        int looked = 0;
        for (int sends = 0; sends < TurnSends && _serves.TryDequeue(out Connection? connection);)
        {
            sends += connection.Serve();
            if (++looked % 16 == 0 && TurnIsOver())
            {
                return;
            }
        }
    }

    /// <summary>Walks, each of those that wait once at the most: so a connection that reads many quiet rooms is served for all of them together.</summary>
    private void Walk()
    {
        int sends = 0;
        for (int walks = _walks.Count; walks > 0 && sends < TurnSends && _walks.TryDequeue(out FeedReaders? walk); walks--)
        {
            sends += walk.Walk();
            if (walks > 1 && TurnIsOver())
            {
                return;
            }
        }
    }

    private void Schedule()
    {
        // 0: idle, 1: queued, 2: at work, 3: at work and to run again.
        int state = Volatile.Read(ref _scheduled);
        while (state is 0 or 2)
        {
            int seen = Interlocked.CompareExchange(ref _scheduled, state + 1, state);
            if (seen == state)
            {
                if (state == 0)
                {
                    _queue(this);
                }

                return;
            }

            state = seen;
        }
    }

    private void Requeue()
    {
        Volatile.Write(ref _scheduled, 1);
        _queue(this);
    }

    private void SetTimer()
    {
        long? next = Wheel.NextDue(Now);
        long due = next is { } delay ? Now + delay : long.MaxValue;
        if (due != Volatile.Read(ref _timerDue))
        {
            Volatile.Write(ref _timerDue, due);
            _timer.Change(next is { } ms ? TimeSpan.FromMilliseconds(ms) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private static void End(Connection connection) => connection.Drain(0, DrainPlan.BackWithoutWindow);

    private sealed class Calling(Shard shard, Action<Connection> action) : ShardWork
    {
        internal override void OnDue()
        {
        }

        protected override void Process() => shard.Connections.ForEach(action);
    }

    private sealed class Sweeping(Shard shard, IShardSweep sweep) : ShardWork
    {
        internal override void OnDue()
        {
        }

        protected override void Process()
        {
            shard.Connections.ForEach(sweep.Visit);

            // Answering takes them out of the wheel.
            var held = new List<IHeldAnswer>();
            shard.Wheel.ForEach(work =>
            {
                if (work is IHeldAnswer answer && sweep.Concerns(answer))
                {
                    held.Add(answer);
                }
            });
            held.ForEach(static answer => answer.AnswerNow());
            sweep.OnDone();
        }
    }

    private sealed class Stopping(Shard shard) : ShardWork
    {
        internal override void OnDue()
        {
        }

        protected override void Process()
        {
            shard.Connections.ForEach(End);
        }
    }
}
