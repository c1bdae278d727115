using System.Buffers;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Feeds;

/// <summary>A room that is live on this server: it watches the log and shares its recent entries with every reader here.</summary>
/// <remarks>
/// Lock order: the broker's room, then the feed. The broker is never called under the feed's lock. Head and state are read
/// without it; the head is raised after the entry stands in every tail.
/// </remarks>
internal sealed partial class Feed : ShardWork, IRoomWatcher
{
    private const long WarmTime = 10_000;
    private const int FirstScratch = 512;

    private readonly Lock _lock = new();
    private readonly LiveFeeds _feeds;
    private readonly IBroker _broker;
    private readonly Shard _home;
    private readonly FeedReaders?[] _readers;
    private readonly Tail?[] _tails = new Tail?[Framing.Count];
    private readonly int[] _tailHolds = new int[Framing.Count];
    private readonly EntryRing _recent = new();
    private FeedState _state = new(0, default, false);

    // Null before anything changes of what it says; made under the lock.
    private HeadAnswer? _headAnswer;
    private long _head;
    private long _postedHead;
    private uint _headMark;
    private int _holds;
    private bool _isLingering;
    private long _idleSince;
    private long _lastWarm;
    private bool _isTimed;

    /// <summary>Makes a feed; <see cref="StartAsync"/> makes it live.</summary>
    public Feed(LiveFeeds feeds, RoomName room, IBroker broker, Shard home, int shards)
    {
        _feeds = feeds;
        _broker = broker;
        _home = home;
        _readers = new FeedReaders?[shards];
        Room = room;
        Text = new EntryText(room);
        Pages = new PageReads(this, broker, feeds.Gate);
        Rate = new EntryRate(home.Clock.Now);
    }

    /// <summary>The room.</summary>
    public RoomName Room { get; }

    /// <summary>The shard that looks after the feed itself.</summary>
    public Shard Home => _home;

    /// <summary>Composes the room's entries.</summary>
    public EntryText Text { get; }

    /// <summary>The pages that readers behind the tail are served from.</summary>
    public PageReads Pages { get; }

    /// <summary>How often entries come.</summary>
    public EntryRate Rate { get; }

    /// <summary>The room's policy, once it was looked up.</summary>
    public RoomPolicy? Policy { get; set; }

    /// <summary>The last answer to a poll that was woken: those who waited at the same position share it.</summary>
    public SharedAnswer? LastAnswer { get; set; }

    /// <summary>The offset of the newest entry.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>What changes seldom.</summary>
    public FeedState State => Volatile.Read(ref _state);

    /// <summary>How often it was reset.</summary>
    public int Generation => State.Generation;

    /// <summary>Whether the store is away.</summary>
    public bool IsDegraded => State.IsDegraded;

    /// <summary>The tail of a framing that a reader holds.</summary>
    public Tail Tail(Framing framing) => Volatile.Read(ref _tails[framing.Index])!;

    /// <summary>The readers on a shard.</summary>
    public FeedReaders ReadersOn(Shard shard)
    {
        ref FeedReaders? readers = ref _readers[shard.Index];
        return Volatile.Read(ref readers)
            ?? Interlocked.CompareExchange(ref readers, new FeedReaders(this, shard), null)
            ?? readers;
    }

    /// <summary>Keeps the feed live; false when it has ended.</summary>
    public bool TryHold()
    {
        int holds = Volatile.Read(ref _holds);
        while (holds >= 0)
        {
            int seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds)
            {
                return true;
            }

            holds = seen;
        }

        return false;
    }

    /// <summary>Undoes <see cref="TryHold"/>; the feed lingers after the last one.</summary>
    public void Release() => Release(_home.Clock.Now);

    /// <summary>The same for whoever lets go of many feeds, and looks at the clock once.</summary>
    /// <param name="now">The time, in ms of the pump's clock.</param>
    public void Release(long now)
    {
        Volatile.Write(ref _idleSince, now);
        if (Interlocked.Decrement(ref _holds) == 0 && !Volatile.Read(ref _isLingering))
        {
            Post(_home);
        }
    }

    /// <summary>Has entries framed for a reader from now on.</summary>
    public void HoldTail(Framing framing)
    {
        lock (_lock)
        {
            _tailHolds[framing.Index]++;
            if (_tails[framing.Index] is null)
            {
                Volatile.Write(ref _tails[framing.Index], new Tail(framing, _feeds.TailBudget));
            }
        }
    }

    /// <summary>Undoes <see cref="HoldTail"/>.</summary>
    public void ReleaseTail(Framing framing)
    {
        lock (_lock)
        {
            if (--_tailHolds[framing.Index] == 0)
            {
                _tails[framing.Index]!.Clear();
            }
        }
    }

    /// <summary>A page was put at hand: it goes when nothing was of use for a while, like the tails.</summary>
    public void OnPageKept()
    {
        lock (_lock)
        {
            Warm();
        }
    }

    /// <summary>Has every shard look at its readers and polls.</summary>
    public void PostAll()
    {
        // Only what has an entry to it is timed: a store that goes away is told to readers too.
        long head = Head;
        long now = Interlocked.Exchange(ref _postedHead, head) != head && GodwitMeter.TimesDeliveries ? _home.Clock.Time.GetTimestamp() : 0;

        // Pairs with the barrier of a reader that joins: one of the two sees the other.
        Interlocked.MemoryBarrier();
        foreach (FeedReaders? readers in _readers)
        {
            if (readers is { IsEmpty: false })
            {
                readers.NotePost(now);
                readers.Post(readers.Shard);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Process() => OnDue();

    /// <inheritdoc/>
    internal override void OnDue()
    {
        long now = _home.Now;
        long next = long.MaxValue;
        lock (_lock)
        {
            if (!IsCold())
            {
                long cold = _lastWarm + WarmTime;
                if (cold <= now)
                {
                    Cool();
                }
                else
                {
                    next = cold;
                }
            }

            _isTimed = next != long.MaxValue;
        }

        // While the end is in the wheel nobody who lets go has to post. Either who lets go sees that it is not, or it is seen here
        // that nobody holds the feed any more. Who takes hold after that leaves the end in the wheel.
        bool isHeld = Volatile.Read(ref _holds) != 0;
        if (isHeld)
        {
            Volatile.Write(ref _isLingering, false);
            Interlocked.MemoryBarrier();
            isHeld = Volatile.Read(ref _holds) != 0;
        }

        if (!isHeld)
        {
            Volatile.Write(ref _isLingering, true);
            long end = Volatile.Read(ref _idleSince) + _feeds.Linger;
            if (end <= now && Interlocked.CompareExchange(ref _holds, -1, 0) == 0)
            {
                _home.Wheel.Unschedule(this);
                End();
                return;
            }

            next = Math.Min(next, end);
        }

        if (next != long.MaxValue)
        {
            _home.Wheel.Schedule(this, next);
        }
        else
        {
            _home.Wheel.Unschedule(this);
        }
    }

    private void Append(Entry entry)
    {
        byte[]? scratch = null;
        ReadOnlySpan<byte> entryObject = default;
        Epoch epoch = _state.Start.Epoch;
        for (int i = 0; i < _tails.Length; i++)
        {
            if (_tailHolds[i] == 0)
            {
                continue;
            }

            if (scratch is null)
            {
                scratch = ArrayPool<byte>.Shared.Rent(Math.Max(FirstScratch, Text.MaxLength(entry)));
                entryObject = scratch.AsSpan(0, Text.Write(scratch, epoch, entry));
            }

            _tails[i]!.Append(epoch, entry, entryObject);
        }

        if (scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        Volatile.Write(ref _headAnswer, null);
        _recent.Add(entry);
        _headMark = entry.Mark;
        Warm();
        Rate.OnEntry(_lastWarm);
        Volatile.Write(ref _head, entry.Offset);
    }

    private void Warm()
    {
        _lastWarm = _home.Clock.Now;
        if (!_isTimed)
        {
            _isTimed = true;
            Post(_home);
        }
    }

    /// <summary>Puts another log, or another part of it, in place of the one that was followed. Readers page from there.</summary>
    private void MoveTo(Position head, FeedState state)
    {
        // The state stands between the two logs: a shard that knows the new generation finds nothing of the old log in a
        // tail, and one that finds something of the new log sees the new generation too.
        // So does the head: who knows the new generation never takes the old log's head for the new one's.
        Cool();
        Volatile.Write(ref _headAnswer, null);
        Volatile.Write(ref _head, 0);
        Volatile.Write(ref _state, state);
        _headMark = head.Mark;
        Volatile.Write(ref _head, head.Offset);
    }

    private void Cool()
    {
        foreach (Tail? tail in _tails)
        {
            tail?.Clear();
        }

        _recent.Clear();
        Pages.Clear();
        LastAnswer = null;
    }

    private bool IsCold() => _recent.Count == 0 && Pages.IsEmpty && Array.TrueForAll(_tails, static tail => tail is null || tail.IsEmpty);
}
