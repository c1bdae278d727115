namespace Godwit.Feeds.Pump;

/// <summary>Where somebody waits in a feed.</summary>
/// <param name="Feed">The feed.</param>
/// <param name="After">The offset behind which the next entry is waited for.</param>
/// <param name="Generation">How often the feed had been reset when the place was judged.</param>
internal readonly record struct WaitingPlace(Feed Feed, long After, int Generation)
{
    /// <summary>Whether there is something to read: an entry, or the log is another one.</summary>
    public bool IsReady => Feed.Head > After || Feed.Generation != Generation;
}
