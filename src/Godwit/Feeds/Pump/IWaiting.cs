namespace Godwit.Feeds.Pump;

/// <summary>Waits for the next entry of one feed, on one shard; all of it on the shard's worker.</summary>
internal interface IWaiting
{
    /// <summary>The place among those who wait for the feed on this shard; −1 while it is not there.</summary>
    int Index { get; set; }

    /// <summary>Ends the wait if there is something to read, or the server stops; then it has been removed.</summary>
    bool TryWake();
}
