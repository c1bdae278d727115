using Godwit.Brokers;
using Godwit.Feeds;

namespace Godwit.Presence;

/// <summary>The rosters of this server: one of a room for as long as a reader is told of its members.</summary>
internal sealed class Rosters(IBroker broker)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Feed, Held> _rosters = [];

    /// <summary>The number of rooms whose members are followed here.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _rosters.Count;
            }
        }
    }

    /// <summary>Follows the members of a room.</summary>
    /// <param name="feed">The room; the caller holds it for as long.</param>
    /// <param name="sampleAbove">The number of members above which only some are told.</param>
    /// <returns>The roster, to be given to <see cref="Release"/> once.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<Roster> HoldAsync(Feed feed, int sampleAbove)
    {
        Held held;
        lock (_lock)
        {
            if (!_rosters.TryGetValue(feed, out Held? known))
            {
                _rosters.Add(feed, known = new Held(new Roster(feed, sampleAbove), broker));
            }

            held = known;
            held.Holds++;
        }

        try
        {
            await held.Watch.Value.ConfigureAwait(false);
            return held.Roster;
        }
        catch
        {
            Release(feed);
            throw;
        }
    }

    /// <summary>Undoes <see cref="HoldAsync"/>; any thread.</summary>
    public void Release(Feed feed)
    {
        Held held;
        lock (_lock)
        {
            held = _rosters[feed];
            if (--held.Holds > 0)
            {
                return;
            }

            _rosters.Remove(feed);
        }

        _ = held.EndAsync();
    }

    private sealed class Held(Roster roster, IBroker broker)
    {
        public Roster Roster => roster;

        public int Holds { get; set; }

        public Lazy<Task<IAsyncDisposable>> Watch { get; } = new(() => broker.WatchMembersAsync(roster.Room, roster, CancellationToken.None).AsTask());

        public async Task EndAsync()
        {
            try
            {
                IAsyncDisposable watch = await Watch.Value.ConfigureAwait(false);
                await watch.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It never began, or the store has lost it: nothing is told any more either way.
            }
        }
    }
}
