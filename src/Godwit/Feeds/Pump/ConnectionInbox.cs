namespace Godwit.Feeds.Pump;

/// <summary>What other threads want of a connection, in the order in which each of them asked.</summary>
/// <remarks>A connection of which nothing is wanted has no list. Mutable, so never copied.</remarks>
internal struct ConnectionInbox
{
    private List<ConnectionRequest>? _requests;

    /// <summary>Adds a request; any thread. The caller posts the connection.</summary>
    public void Add(in ConnectionRequest request)
    {
        while (true)
        {
            List<ConnectionRequest>? requests = Volatile.Read(ref _requests);
            if (requests is null)
            {
                requests = new List<ConnectionRequest>(1);
                if (Interlocked.CompareExchange(ref _requests, requests, null) is not null)
                {
                    continue;
                }
            }

            lock (requests)
            {
                // The shard may have taken the list between the two steps above; it is not looked at again then.
                if (Volatile.Read(ref _requests) == requests)
                {
                    requests.Add(request);
                    return;
                }
            }
        }
    }

    /// <summary>Takes what was asked so far, or null; shard only.</summary>
    public List<ConnectionRequest>? Take()
    {
        List<ConnectionRequest>? requests = Interlocked.Exchange(ref _requests, null);
        if (requests is not null)
        {
            // Whoever is about to add to the list finishes first, or sees that it is taken.
            lock (requests)
            {
                return requests;
            }
        }

        return null;
    }
}
