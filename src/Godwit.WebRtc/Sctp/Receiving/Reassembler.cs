using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>Makes messages of the chunks that arrive, in the order that each stream asks for, and knows which have arrived (RFC 9260 §6.2, §6.6, §6.9; RFC 3758 §3.6).</summary>
/// <remarks>
/// Pieces of a message have consecutive TSNs. So at most one message reaches over the cumulative TSN, and any that lies wholly below
/// it can be delivered: nothing that belongs before it can come any more.
/// </remarks>
internal sealed partial class Reassembler(SctpOptions options, uint firstTsn, IMessageReceiver receiver)
{
    /// <summary>How far behind the first chunk that is held another one may be.</summary>
    public const int MostTsns = 4096;

    private const int Least = 16;

    private HeldChunk[] _ring = [];
    private StreamOrder _order = new(options.OrderedStreams);
    private uint _highest = firstTsn - 1;

    // The first TSN that is not done with, and how far from there on one message was found without a hole.
    private uint _floor = firstTsn;
    private uint _walked = firstTsn;
    private int _walkedOctets;
    private int _heldChunks;
    private int _heldOrdered;
    private bool _isFollowingDue;
    private Arrival _fault;

    /// <summary>The cumulative TSN: everything up to it has arrived or was given up.</summary>
    public uint Cumulative { get; private set; } = firstTsn - 1;

    /// <summary>Whether something behind a hole has arrived.</summary>
    public bool HasGaps => _highest != Cumulative;

    /// <summary>What is held, in octets, each chunk with its overhead.</summary>
    public int Held { get; private set; }

    /// <summary>a_rwnd: how much more may come.</summary>
    public int Window => Math.Max(0, options.ReceiveBuffer - Held);

    /// <summary>Takes a chunk.</summary>
    public Arrival Take(in PayloadChunk chunk)
    {
        uint tsn = chunk.Tsn;
        if (Serial.IsBeforeOrSame(tsn, Cumulative))
        {
            return Arrival.Duplicate;
        }

        if (tsn - _floor >= MostTsns)
        {
            return Arrival.Refused;
        }

        bool isNext = tsn == Cumulative + 1;
        bool isWhole = (chunk.Flags & PayloadFlags.Whole) == PayloadFlags.Whole;
        bool isUnordered = (chunk.Flags & PayloadFlags.Unordered) != 0;
        bool isDue = isWhole && (isUnordered || chunk.Sequence == _order.Next(chunk.Stream));
        _fault = Arrival.Taken;
        if (isDue && isNext && _heldChunks == 0 && !HasGaps)
        {
            Cumulative = _highest = tsn;
            _floor = _walked = tsn + 1;
            Deliver(chunk.Stream, chunk.Sequence, isUnordered, chunk.Protocol, chunk.Payload);
            return _fault;
        }

        Reach(tsn);
        ref HeldChunk place = ref this[tsn];
        if (place.State != HeldState.Missing)
        {
            return Arrival.Duplicate;
        }

        if (isDue)
        {
            place.State = HeldState.Delivered;
            _highest = Serial.IsBefore(_highest, tsn) ? tsn : _highest;
            Deliver(chunk.Stream, chunk.Sequence, isUnordered, chunk.Protocol, chunk.Payload);
        }
        else
        {
            if (!MakeRoom(tsn, isNext, chunk.Payload.Length + HeldChunk.Overhead))
            {
                return Arrival.Refused;
            }

            Hold(chunk, ref place);
        }

        Advance();
        if (!isDue && Serial.IsBefore(Cumulative, tsn))
        {
            Complete(tsn);
        }

        return _fault;
    }

    /// <summary>Goes on without what has not arrived up to a TSN (RFC 3758 §3.6).</summary>
    /// <param name="to">The new cumulative TSN; ignored if it is not new.</param>
    /// <param name="passed">The last messages that are passed over, four octets for each stream as they stand in a FORWARD-TSN.</param>
    public Arrival Forward(uint to, ReadOnlySpan<byte> passed)
    {
        if (Serial.IsBeforeOrSame(to, Cumulative))
        {
            return Arrival.Duplicate;
        }

        _fault = Arrival.Taken;
        Cumulative = Serial.IsBefore(to, _highest) ? to : _highest;
        Sweep();
        if (Cumulative != to)
        {
            // Nothing behind has arrived: what is still held are pieces whose rest was given up.
            for (; Serial.IsBeforeOrSame(_floor, Cumulative); _floor++)
            {
                Free(ref this[_floor]);
            }

            Cumulative = _highest = to;
            _floor = to + 1;
        }
        else if (Serial.IsBeforeOrSame(_floor, to) && !IsHeld(to + 1))
        {
            DropFloor(to + 1);
        }

        _walked = _floor;
        _walkedOctets = 0;
        for (; passed.Length >= 4 && _fault == Arrival.Taken; passed = passed[4..])
        {
            ushort stream = BinaryPrimitives.ReadUInt16BigEndian(passed);
            ushort next = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(passed[2..]) + 1);
            if (Serial.IsBefore(_order.Next(stream), next))
            {
                Order(stream, next);
            }
        }

        Advance();
        return _fault;
    }

    /// <summary>Delivers the ordered messages behind a hole whose turn has come. To be called at the end of a packet: all places are looked at for it, once and not for each of its chunks.</summary>
    public Arrival DeliverDue()
    {
        _fault = Arrival.Taken;
        if (_isFollowingDue)
        {
            _isFollowingDue = false;
            DeliverFollowing();
        }

        return _fault;
    }

    /// <summary>Writes the gap ack blocks of a SACK, as many as there is room for.</summary>
    /// <returns>How much was written, in octets.</returns>
    public int WriteGaps(Span<byte> blocks)
    {
        int written = 0;
        uint tsn = Cumulative + 1;
        while (written + 4 <= blocks.Length && Serial.IsBeforeOrSame(tsn, _highest))
        {
            if (!IsHeld(tsn))
            {
                tsn++;
                continue;
            }

            uint from = tsn;
            while (Serial.IsBefore(tsn, _highest) && IsHeld(tsn + 1))
            {
                tsn++;
            }

            BinaryPrimitives.WriteUInt16BigEndian(blocks[written..], (ushort)(from - Cumulative));
            BinaryPrimitives.WriteUInt16BigEndian(blocks[(written + 2)..], (ushort)(tsn - Cumulative));
            written += 4;
            tsn++;
        }

        return written;
    }

    /// <summary>A stream begins again (RFC 6525).</summary>
    public void Reset(ushort stream)
    {
        _order.Reset(stream);
        _isFollowingDue = true;
    }

    /// <summary>All streams begin again.</summary>
    public void ResetAll()
    {
        _order.ResetAll();
        _isFollowingDue = true;
    }

    /// <summary>Holds no more than what is here needs.</summary>
    public void Trim()
    {
        if (_heldChunks == 0 && !HasGaps)
        {
            _ring = [];
        }
    }

    /// <summary>Lets go of everything that is held.</summary>
    public void Clear()
    {
        foreach (ref HeldChunk chunk in _ring.AsSpan())
        {
            Free(ref chunk);
        }

        _ring = [];
        Cumulative = _highest;
        _floor = _walked = _highest + 1;
    }

    private ref HeldChunk this[uint tsn] => ref _ring[tsn & (uint)(_ring.Length - 1)];

    /// <summary>Whether a TSN has arrived that is neither done with nor beyond what there is a place for.</summary>
    private bool IsHeld(uint tsn) => !Serial.IsBefore(_highest, tsn) && this[tsn].State != HeldState.Missing;

    /// <summary>Makes a place for a TSN.</summary>
    private void Reach(uint tsn)
    {
        int needed = (int)(tsn - _floor) + 1;
        if (needed <= _ring.Length)
        {
            return;
        }

        int length = Math.Max(Least, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed));
        var ring = new HeldChunk[length];
        for (uint at = _floor; Serial.IsBeforeOrSame(at, _highest); at++)
        {
            ring[at & (uint)(length - 1)] = this[at];
        }

        _ring = ring;
    }

    /// <summary>Whether a chunk can be held. One that fills a hole may pass the window, for what waits for it is only let go by it; what lies farthest goes then.</summary>
    private bool MakeRoom(uint tsn, bool isNext, int cost)
    {
        if (Held + cost <= options.ReceiveBuffer)
        {
            return true;
        }

        int most = 2 * options.ReceiveBuffer;
        if (Held + cost <= most)
        {
            return isNext || Serial.IsBefore(tsn, _highest);
        }

        if (!isNext)
        {
            return false;
        }

        for (uint far = _highest; Held + cost > most && Serial.IsBefore(tsn, far); far--)
        {
            ref HeldChunk chunk = ref this[far];
            if (chunk.State == HeldState.Held)
            {
                Free(ref chunk);
            }

            if (far == _highest && chunk.State == HeldState.Missing)
            {
                _highest--;
            }
        }

        return true;
    }

    private void Hold(in PayloadChunk chunk, ref HeldChunk place)
    {
        byte[] block = BlockPool.Rent(chunk.Payload.Length);
        chunk.Payload.CopyTo(block);
        place = new HeldChunk
        {
            Block = block,
            Length = chunk.Payload.Length,
            Protocol = chunk.Protocol,
            Stream = chunk.Stream,
            Sequence = chunk.Sequence,
            Flags = chunk.Flags,
            State = HeldState.Held,
        };
        _heldChunks++;
        _heldOrdered += place.IsUnordered ? 0 : 1;
        Held += chunk.Payload.Length + HeldChunk.Overhead;
        _highest = Serial.IsBefore(_highest, chunk.Tsn) ? chunk.Tsn : _highest;
    }

    private void Advance()
    {
        uint before = Cumulative;
        while (IsHeld(Cumulative + 1))
        {
            Cumulative++;
        }

        if (Cumulative != before || Serial.IsBeforeOrSame(_floor, Cumulative))
        {
            Sweep();
        }
    }

    private void Free(ref HeldChunk chunk)
    {
        if (chunk.State == HeldState.Held)
        {
            Held -= chunk.Length + HeldChunk.Overhead;
            _heldChunks--;
            _heldOrdered -= chunk.IsUnordered ? 0 : 1;
            if (chunk.Block is { } block)
            {
                BlockPool.Return(block);
            }
        }

        chunk = default;
    }
}
