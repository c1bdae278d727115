using System.Collections.Concurrent;
using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>The rooms that are live on this server.</summary>
internal sealed class LiveFeeds(IBroker broker, SendingPump pump, TimeSpan linger)
{
    private const int OpenReads = 64;
    private const long TailMemory = 64 << 20;

    private readonly ConcurrentDictionary<RoomName, Starting> _feeds = new();
    private int _turn;

    /// <summary>How long a feed outlives its last reader, in ms.</summary>
    public long Linger { get; } = (long)linger.TotalMilliseconds;

    /// <summary>Bounds the open reads.</summary>
    public ReadGate Gate { get; } = new(OpenReads);

    /// <summary>Bounds the tails.</summary>
    public TailBudget TailBudget { get; } = new(TailMemory);

    /// <summary>The number of rooms that are live.</summary>
    public int Count => _feeds.Count;

    /// <summary>How many of them have a store that does not answer. Looks at all.</summary>
    public int Degraded => _feeds.Count(static pair => pair.Value.Feed.IsDegraded);

    /// <summary>Makes a room live, if it is not, and holds its feed; whoever asked for it calls <see cref="Feed.Release()"/>.</summary>
    /// <param name="room">The room.</param>
    /// <param name="resumes">Whether this is for a reader that presents a position: such a start goes ahead of others.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<Feed> HoldAsync(RoomName room, bool resumes, CancellationToken cancel)
    {
        while (true)
        {
            Starting starting = _feeds.GetOrAdd(room, static (name, asked) => asked.Feeds.Make(name, asked.Resumes), (Feeds: this, Resumes: resumes));
            if (!starting.Feed.TryHold())
            {
                Remove(starting.Feed);
                continue;
            }

            Task started = starting.Started.Value;
            if (!started.IsCompletedSuccessfully)
            {
                try
                {
                    await started.WaitAsync(cancel).ConfigureAwait(false);
                }
                catch
                {
                    starting.Feed.Release();
                    throw;
                }
            }

            return starting.Feed;
        }
    }

    /// <summary>What <see cref="HoldAsync"/> answers of a room that is live already; null of another.</summary>
    public Feed? TryHold(RoomName room) =>
        _feeds.TryGetValue(room, out Starting? starting) && starting.IsLive && starting.Feed.TryHold()
            ? starting.Feed
            : null;

    /// <summary>Whether a room is live or about to be: the store knows it then.</summary>
    public bool Contains(RoomName room) => _feeds.ContainsKey(room);

    /// <summary>What <see cref="Feed.TryAnswerAtHead"/> answers of a room that is live already; null of another.</summary>
    public HeadAnswer? TryAnswerAtHead(RoomName room, in ReadFrom from, long now) =>
        _feeds.TryGetValue(room, out Starting? starting) && starting.IsLive ? starting.Feed.TryAnswerAtHead(from, now) : null;

    /// <summary>Forgets a feed that has ended.</summary>
    public void Remove(Feed feed)
    {
        if (_feeds.TryGetValue(feed.Room, out Starting? starting) && starting.Feed == feed)
        {
            _feeds.TryRemove(KeyValuePair.Create(feed.Room, starting));
        }
    }

    /// <summary>Has every poll and reader looked at, after the pump was told to stop.</summary>
    public void PostAll()
    {
        foreach (KeyValuePair<RoomName, Starting> pair in _feeds)
        {
            pair.Value.Feed.PostAll();
        }
    }

    private Starting Make(RoomName room, bool resumes)
    {
        Shard home = pump.Shards[(int)((uint)Interlocked.Increment(ref _turn) % pump.Shards.Count)];
        return new Starting(new Feed(this, room, broker, home, pump.Shards.Count), resumes);
    }

    /// <summary>A feed and its one start, however many ask for the room at once.</summary>
    private sealed class Starting(Feed feed, bool resumes)
    {
        public Feed Feed => feed;

        public bool IsLive => Started is { IsValueCreated: true, Value.IsCompletedSuccessfully: true };

        public Lazy<Task> Started { get; } = new(() => feed.StartAsync(resumes));
    }
}
