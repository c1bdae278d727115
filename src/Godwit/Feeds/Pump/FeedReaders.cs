using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Instruments;

namespace Godwit.Feeds.Pump;

/// <summary>The readers and the waiting polls that a feed has on one shard.</summary>
/// <remarks>
/// A publish posts it; a walk then offers every reader what it has not seen, a run of frames each, and is continued in
/// later turns where one is not enough. What happens behind the walk's back makes it begin again.
/// </remarks>
internal sealed class FeedReaders(Feed feed, Shard shard) : ShardWork
{
    private readonly Lookup[] _lookups = new Lookup[Framing.Count];
    private Reader[] _readers = [];
    private IWaiting[] _waiters = [];
    private int _readerCount;
    private int _waiterCount;
    private int _next;
    private int _nextWaiter;
    private bool _isWalking;
    private bool _again;
    private long _posted;
    private long _began;

    /// <summary>Whose readers they are.</summary>
    public Shard Shard => shard;

    /// <summary>Whether a publish has to post it; any thread.</summary>
    public bool IsEmpty => Volatile.Read(ref _readerCount) == 0 && Volatile.Read(ref _waiterCount) == 0;

    /// <summary>Says when there was something to walk for; any thread.</summary>
    /// <param name="now">A timestamp; 0 where nobody wants to know.</param>
    public void NotePost(long now)
    {
        // The oldest of what waits counts. Two publishers at once are as good as one.
        if (now != 0 && Volatile.Read(ref _posted) == 0)
        {
            Volatile.Write(ref _posted, now);
        }
    }

    /// <summary>Adds a reader. The caller serves its connection afterwards.</summary>
    public void Add(Reader reader)
    {
        if (_readerCount == _readers.Length)
        {
            Array.Resize(ref _readers, Math.Max(1, _readerCount * 2));
        }

        feed.HoldTail(reader.Connection!.Framing);
        reader.Index = _readerCount;
        _readers[_readerCount] = reader;
        Volatile.Write(ref _readerCount, _readerCount + 1);

        // Either the publisher sees this reader, or the reader sees the head that the publisher wrote.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Removes a reader.</summary>
    public void Remove(Reader reader)
    {
        int index = reader.Index;
        if (index < 0)
        {
            return;
        }

        feed.ReleaseTail(reader.Connection!.Framing);
        Reader last = _readers[--_readerCount];
        _readers[index] = last;
        last.Index = index;
        _readers[_readerCount] = null!;
        reader.Index = -1;

        // The one that took its place may have been ahead of the walk and be behind it now.
        _again |= _isWalking && index < _next;
        if (_readerCount == 0)
        {
            _readers = [];
        }
    }

    /// <summary>Adds one who waits.</summary>
    public void Add(IWaiting waiter)
    {
        if (_waiterCount == _waiters.Length)
        {
            Array.Resize(ref _waiters, Math.Max(1, _waiterCount * 2));
        }

        waiter.Index = _waiterCount;
        _waiters[_waiterCount] = waiter;
        Volatile.Write(ref _waiterCount, _waiterCount + 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Removes one who waited.</summary>
    public void Remove(IWaiting waiter)
    {
        int index = waiter.Index;
        if (index < 0)
        {
            return;
        }

        IWaiting last = _waiters[--_waiterCount];
        _waiters[index] = last;
        last.Index = index;
        _waiters[_waiterCount] = null!;
        waiter.Index = -1;
        if (_waiterCount == 0)
        {
            _waiters = [];
        }
    }

    /// <summary>One turn of a walk; returns the number of its sends.</summary>
    public int Walk()
    {
        bool isDone = WalkOn(out int sends);

        // What was looked up would keep segments alive that the feed has dropped.
        Array.Clear(_lookups);
        if (!isDone)
        {
            shard.QueueWalk(this);
            return sends;
        }

        if (_began != 0)
        {
            GodwitMeter.Delivered(shard.Clock.Time.GetElapsedTime(_began));
            _began = 0;
        }

        _isWalking = _again;
        if (_again)
        {
            Begin();
        }

        return sends;
    }

    internal override void OnDue()
    {
    }

    protected override void Process()
    {
        if (_isWalking)
        {
            _again = true;
            return;
        }

        _isWalking = true;
        Begin();
    }

    private bool WalkOn(out int sends)
    {
        sends = 0;
        while (_next < _readerCount)
        {
            if (Offer(_readers[_next++]) && (++sends == Pump.Shard.TurnSends || (sends % 16 == 0 && shard.TurnIsOver())))
            {
                return false;
            }
        }

        // From the end, since whoever is woken is removed and the last one takes its place.
        for (_nextWaiter = Math.Min(_nextWaiter, _waiterCount); _nextWaiter > 0;)
        {
            if (_waiters[--_nextWaiter].TryWake() && ++sends >= Pump.Shard.TurnSends)
            {
                return false;
            }
        }

        return true;
    }

    private void Begin()
    {
        _again = false;
        _next = 0;
        _nextWaiter = int.MaxValue;
        _began = Interlocked.Exchange(ref _posted, 0);
        shard.QueueWalk(this);
    }

    /// <summary>Sends a reader what it has not seen, and says whether that took a send.</summary>
    private bool Offer(Reader reader)
    {
        Connection connection = reader.Connection!;
        if (!reader.IsWaiting && !reader.HasNews)
        {
            return false;
        }

        if (!connection.IsIdle || connection.GoesAsLatest(reader) || reader.Page is not null || reader.IsPaging || reader.HasNews)
        {
            connection.QueueServe(reader);
            return false;
        }

        reader.SkipToNewest();
        ref Lookup lookup = ref _lookups[connection.Framing.Index];
        if (lookup.Next != reader.Next || lookup.Generation != reader.Generation)
        {
            if (!reader.TryRange(connection.MaxSend, out FrameRange range))
            {
                connection.QueueServe();
                return false;
            }

            if (reader.Page is not null)
            {
                connection.SendDirect(reader, range);
                connection.QueueServe();
                return true;
            }

            lookup = new Lookup(reader.Next, reader.Generation, range);
        }

        connection.SendDirect(reader, lookup.Range);
        _again |= reader.IsWaiting;
        return true;
    }

    /// <summary>What the last reader of the same framing was given: most readers of a walk stand at the same offset.</summary>
    private readonly record struct Lookup(long Next, int Generation, FrameRange Range);
}
