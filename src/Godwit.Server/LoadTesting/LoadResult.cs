namespace Godwit.Server.LoadTesting;

/// <summary>What a load gave.</summary>
/// <param name="Plan">What was asked for.</param>
/// <param name="Publishes">What was published.</param>
/// <param name="Loads">What was read, by transport.</param>
/// <param name="Took">How long entries were published: as long as was asked for, or until the last was answered.</param>
/// <param name="Busy">The share of this machine's processors that this process used meanwhile.</param>
/// <param name="WasInterrupted">Whether it ended before its time.</param>
internal sealed record LoadResult(LoadPlan Plan, PublishLoad Publishes, IReadOnlyList<TransportLoad> Loads, TimeSpan Took, double Busy, bool WasInterrupted)
{
    /// <summary>Whether everything acknowledged was read once by everybody.</summary>
    public bool IsWhole => Publishes.Acknowledged > 0 && Loads.All(static load => load.Lost == 0 && load.Duplicated == 0);

    /// <summary>Entries that were to be sent and were not, though there was no interruption.</summary>
    public long Unsent => WasInterrupted ? 0 : Publishes.Unsent;

    /// <summary>The deliveries of all transports.</summary>
    public Latencies Deliveries()
    {
        var all = new Latencies();
        foreach (TransportLoad load in Loads)
        {
            all.Add(load.Latencies);
        }

        return all;
    }
}
