using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>The chunks that were sent and are not cumulatively acknowledged, by TSN; which of them are lost, and which are given up (RFC 9260 §6.2.1, §7.2.4; RFC 3758 §3.5).</summary>
internal sealed partial class Outstanding(uint firstTsn)
{
    /// <summary>What a message costs beside its octets.</summary>
    public const int MessageOverhead = 64;

    /// <summary>How many chunks there may be: as many as a receiver like this one has places for.</summary>
    public const int Most = Receiving.Reassembler.MostTsns;

    private const int Least = 8;
    private const byte Strikes = 3;

    private SentChunk[] _ring = [];
    private int _received;
    private uint _lostFrom;
    private uint _probe;
    private bool _isProbing;
    private bool _probeAnswered;

    /// <summary>The TSN of the first chunk here, one behind the cumulative acknowledgement.</summary>
    public uint FirstTsn { get; private set; } = firstTsn;

    /// <summary>How many chunks are here.</summary>
    public int Count { get; private set; }

    /// <summary>The TSN of the next chunk that is sent for the first time.</summary>
    public uint NextTsn => FirstTsn + (uint)Count;

    /// <summary>The size of the chunks on their way, in octets.</summary>
    public int Flight { get; private set; }

    /// <summary>The octets of messages in them, by which the other end counts its window.</summary>
    public int FlightPayload { get; private set; }

    /// <summary>How many chunks are to be sent again.</summary>
    public int Lost { get; private set; }

    /// <summary>Advanced.Peer.Ack.Point: up to where the other end need not wait for anything.</summary>
    public uint AdvancedPoint { get; private set; } = firstTsn - 1;

    /// <summary>Whether the other end is to be told that chunks were given up.</summary>
    public bool HasForward => Serial.IsBefore(FirstTsn - 1, AdvancedPoint);

    /// <summary>Whether messages may be given up: the other end understands it.</summary>
    public bool MayAbandon { get; init; }

    /// <summary>What is no longer held of messages since it was last asked, in octets.</summary>
    public int Freed { get; private set; }

    /// <summary>The chunk with a TSN; it must be here.</summary>
    public ref SentChunk this[uint tsn] => ref _ring[tsn & (uint)(_ring.Length - 1)];

    /// <summary>Takes what was freed.</summary>
    public int TakeFreed()
    {
        int freed = Freed;
        Freed = 0;
        return freed;
    }

    /// <summary>Adds a chunk that is being sent for the first time; its round trip is measured if no other's is.</summary>
    public void Add(in SentChunk chunk)
    {
        if (Count == _ring.Length)
        {
            Resize(Math.Max(Least, _ring.Length * 2));
        }

        uint tsn = NextTsn;
        this[tsn] = chunk;
        chunk.Message?.Hold();
        Count++;
        if (chunk.State != SentState.InFlight)
        {
            return;
        }

        Enter(chunk);
        if (!_isProbing)
        {
            _isProbing = true;
            _probe = tsn;
        }
    }

    /// <summary>Whether the round trip of the chunk that was added last is measured.</summary>
    public bool IsProbe(uint tsn) => _isProbing && _probe == tsn;

    /// <summary>Takes an acknowledgement.</summary>
    /// <param name="cumulative">Everything up to here has arrived; not before what was said earlier, and something that was sent.</param>
    /// <param name="blocks">What has arrived behind it, four octets for each block as they stand in a SACK.</param>
    /// <param name="saysAll">Whether what is in no block has not arrived (or was forgotten): true for a SACK.</param>
    /// <param name="isRecovering">Whether an earlier loss is being made good.</param>
    /// <param name="now">The time, for messages that expire.</param>
    public Acknowledgement Acknowledge(uint cumulative, ReadOnlySpan<byte> blocks, bool saysAll, bool isRecovering, long now)
    {
        _probeAnswered = false;
        bool advanced = FirstTsn - 1 != cumulative;
        uint newest = cumulative;
        int newly = 0;
        while (Count > 0 && Serial.IsBeforeOrSame(FirstTsn, cumulative))
        {
            newly += Arrive(FirstTsn, ref newest);
            Leave(FirstTsn);
            Drop(ref this[FirstTsn]);
            FirstTsn++;
            Count--;
        }

        if (Serial.IsBefore(AdvancedPoint, cumulative))
        {
            AdvancedPoint = cumulative;
        }

        uint next = FirstTsn;
        uint highest = cumulative;
        for (; !blocks.IsEmpty; blocks = blocks[4..])
        {
            ushort from = BinaryPrimitives.ReadUInt16BigEndian(blocks);
            ushort to = BinaryPrimitives.ReadUInt16BigEndian(blocks[2..]);
            if (from == 0 || to < from || !Serial.IsBefore(cumulative + to, NextTsn))
            {
                return new Acknowledgement { IsInvalid = true };
            }

            Forget(ref next, cumulative + from);
            for (; Serial.IsBeforeOrSame(next, cumulative + to); next++)
            {
                newly += Arrive(next, ref newest);
            }

            highest = next - 1;
        }

        if (saysAll && _received > 0)
        {
            Forget(ref next, NextTsn);
        }

        bool foundLoss = highest != cumulative && Strike(isRecovering && advanced ? highest : newest, now);
        AdvancePoint();
        return new Acknowledgement { HasAdvanced = advanced, Newly = newly, FoundLoss = foundLoss, AnswersProbe = _probeAnswered };
    }

    /// <summary>Nothing came back in time: all that is on its way is lost (RFC 9260 §6.3.3).</summary>
    public void LoseAll(long now)
    {
        for (uint tsn = FirstTsn; tsn != NextTsn; tsn++)
        {
            this[tsn].WasFast = false;
            if (this[tsn].State == SentState.InFlight)
            {
                Lose(tsn, now);
            }
        }

        AdvancePoint();
    }

    /// <summary>The first chunk that is to be sent again. There must be one.</summary>
    public uint NextLost()
    {
        uint tsn = Serial.IsBefore(_lostFrom, FirstTsn) ? FirstTsn : _lostFrom;
        while (this[tsn].State != SentState.Lost)
        {
            tsn++;
        }

        _lostFrom = tsn;
        return tsn;
    }

    /// <summary>A lost chunk is being sent again.</summary>
    /// <param name="tsn">Its TSN.</param>
    /// <param name="isFast">Whether because later ones were acknowledged, and not because of the timer.</param>
    public void Resend(uint tsn, bool isFast)
    {
        ref SentChunk chunk = ref this[tsn];
        chunk.State = SentState.InFlight;
        chunk.Missing = 0;
        chunk.WasFast = isFast;
        chunk.Retransmissions++;
        Lost--;
        Enter(chunk);
    }

    /// <summary>Holds no more than what is here needs.</summary>
    public void Trim()
    {
        if (Count == 0)
        {
            _ring = [];
        }
    }

    /// <summary>Lets go of every message.</summary>
    public void Clear()
    {
        for (uint tsn = FirstTsn; tsn != NextTsn; tsn++)
        {
            Drop(ref this[tsn]);
        }

        FirstTsn = NextTsn;
        Count = 0;
        _ring = [];
    }

    /// <summary>A chunk has arrived; gives back its size if that is new.</summary>
    private int Arrive(uint tsn, ref uint newest)
    {
        ref SentChunk chunk = ref this[tsn];
        if (chunk.State is not (SentState.InFlight or SentState.Lost))
        {
            return 0;
        }

        if (IsProbe(tsn))
        {
            _isProbing = false;
            _probeAnswered = chunk.Retransmissions == 0 && chunk.State == SentState.InFlight;
        }

        Leave(tsn);
        chunk.State = SentState.Received;
        _received++;
        newest = Serial.IsBefore(newest, tsn) ? tsn : newest;
        return chunk.Size;
    }

    /// <summary>What the other end had is not named any more: it may forget until it acknowledges cumulatively (RFC 9260 §6.2.1, D iii).</summary>
    private void Forget(ref uint next, uint to)
    {
        for (; Serial.IsBefore(next, to); next++)
        {
            ref SentChunk chunk = ref this[next];
            if (chunk.State == SentState.Received)
            {
                Leave(next);
                chunk.State = SentState.InFlight;
                chunk.Missing = 0;
                Enter(chunk);
            }
        }
    }

    /// <summary>Counts a strike against each chunk before one that has arrived; the third one loses it.</summary>
    private bool Strike(uint before, long now)
    {
        bool found = false;
        for (uint tsn = FirstTsn; Serial.IsBefore(tsn, before); tsn++)
        {
            ref SentChunk chunk = ref this[tsn];
            if (chunk.State == SentState.InFlight && !chunk.WasFast && ++chunk.Missing == Strikes)
            {
                Lose(tsn, now);
                found = true;
            }
        }

        return found;
    }

    private void Lose(uint tsn, long now)
    {
        ref SentChunk chunk = ref this[tsn];
        if (MayAbandon && (chunk.Message is not { } message || chunk.Retransmissions >= message.MostRetransmissions || now >= message.ExpiresAt))
        {
            Abandon(tsn);
            return;
        }

        Leave(tsn);
        chunk.State = SentState.Lost;
        if (Lost++ == 0 || Serial.IsBefore(tsn, _lostFrom))
        {
            _lostFrom = tsn;
        }
    }

    private void Enter(in SentChunk chunk)
    {
        Flight += chunk.Size;
        FlightPayload += chunk.Length;
    }

    /// <summary>A chunk is not any more what it was.</summary>
    private void Leave(uint tsn)
    {
        ref SentChunk chunk = ref this[tsn];
        switch (chunk.State)
        {
            case SentState.InFlight:
                Flight -= chunk.Size;
                FlightPayload -= chunk.Length;
                _isProbing &= _probe != tsn;
                break;
            case SentState.Lost:
                Lost--;
                break;
            case SentState.Received:
                _received--;
                break;
        }
    }

    private void Drop(ref SentChunk chunk)
    {
        if (chunk.Message is not { } message)
        {
            return;
        }

        int held = message.Length + MessageOverhead;
        chunk.Message = null;
        if (message.Release())
        {
            Freed += held;
        }
    }

    private void Resize(int length)
    {
        var ring = new SentChunk[length];
        for (uint tsn = FirstTsn; tsn != NextTsn; tsn++)
        {
            ring[tsn & (uint)(length - 1)] = this[tsn];
        }

        _ring = ring;
    }
}
