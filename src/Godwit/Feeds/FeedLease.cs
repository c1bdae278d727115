namespace Godwit.Feeds;

/// <summary>Keeps a feed live while it is held.</summary>
internal sealed class FeedLease(Feed feed) : IDisposable
{
    private int _disposed;

    /// <summary>The feed.</summary>
    public Feed Feed => feed;

    /// <summary>Lets go; the feed lingers.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            feed.Release();
        }
    }
}
