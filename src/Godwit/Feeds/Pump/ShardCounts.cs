namespace Godwit.Feeds.Pump;

/// <summary>What a shard counts: written by its worker alone, so that counting costs an addition, and read by whoever looks.</summary>
internal sealed class ShardCounts
{
    private readonly long[] _connections = new long[ReadTransports.Count * Lanes.Count];
    private readonly long[] _delivered = new long[ReadTransports.Count];

    /// <summary>A connection has begun, or an answer is held.</summary>
    public void Began(ReadTransport transport, Lane lane = Lane.Kestrel) => _connections[At(transport, lane)]++;

    /// <summary>It has ended.</summary>
    public void Ended(ReadTransport transport, Lane lane = Lane.Kestrel) => _connections[At(transport, lane)]--;

    /// <summary>Entries are on their way to a client.</summary>
    public void Delivered(ReadTransport transport, int entries) => _delivered[(int)transport] += entries;

    /// <summary>The same where several threads count.</summary>
    public void DeliveredAnywhere(ReadTransport transport, int entries) => Interlocked.Add(ref _delivered[(int)transport], entries);

    /// <summary>How many there are now; any thread.</summary>
    public long Connections(ReadTransport transport, Lane lane) => Volatile.Read(ref _connections[At(transport, lane)]);

    /// <summary>How many entries so far; any thread.</summary>
    public long Entries(ReadTransport transport) => Volatile.Read(ref _delivered[(int)transport]);

    private static int At(ReadTransport transport, Lane lane) => ((int)lane * ReadTransports.Count) + (int)transport;
}
