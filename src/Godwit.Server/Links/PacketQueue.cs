namespace Godwit.Server.Links;

/// <summary>The packets under way in one direction, by the time at which they are due; of those due together the one that came first comes first.</summary>
/// <remarks>Buffers are used again, so that a link that has seen its busiest moment allocates no more.</remarks>
internal sealed class PacketQueue(int largest)
{
    private readonly PriorityQueue<Packet, (long Due, long Order)> _packets = new();
    private readonly Stack<byte[]> _free = new();
    private long _order;

    /// <summary>How many there are.</summary>
    public int Count => _packets.Count;

    /// <summary>When the next is due; null if there is none.</summary>
    public long? NextDue => _packets.TryPeek(out _, out (long Due, long Order) place) ? place.Due : null;

    /// <summary>A buffer for a packet, which is given back by <see cref="Free"/>.</summary>
    public byte[] Rent() => _free.TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(largest);

    /// <summary>Takes back a buffer.</summary>
    public void Free(byte[] buffer) => _free.Push(buffer);

    /// <summary>Adds a packet.</summary>
    public void Add(in Packet packet, long due) => _packets.Enqueue(packet, (due, _order++));

    /// <summary>Takes the next packet out if it is due. Its buffer has to be freed.</summary>
    public bool TryTake(long now, out Packet packet, out long due)
    {
        if (!_packets.TryPeek(out packet, out (long Due, long Order) place) || place.Due > now)
        {
            due = 0;
            return false;
        }

        _packets.Dequeue();
        due = place.Due;
        return true;
    }
}

/// <summary>A packet under way.</summary>
/// <param name="Buffer">Where it is.</param>
/// <param name="Length">Its octets.</param>
/// <param name="Number">Which packet of its direction it is, from 0.</param>
/// <param name="IsCopy">Whether it is the copy of one that arrives twice.</param>
internal readonly record struct Packet(byte[] Buffer, int Length, long Number, bool IsCopy);
