using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>What is given up, and how the other end is told (RFC 3758 §3.5).</summary>
internal sealed partial class Outstanding
{
    /// <summary>Gives up the whole message that a chunk is a piece of (RFC 3758 §3.5, A3).</summary>
    public void Abandon(uint tsn)
    {
        uint from = tsn;
        while (from != FirstTsn && (this[from].Flags & PayloadFlags.Begins) == 0)
        {
            from--;
        }

        uint to = tsn;
        while (to + 1 != NextTsn && (this[to].Flags & PayloadFlags.Ends) == 0)
        {
            to++;
        }

        if (this[tsn].Message is { IsAbandoned: false } message)
        {
            message.IsAbandoned = true;
            if (message.Sent < message.Length)
            {
                // The other end must not see another message before this one's end: an end that it will never see is given up too.
                SentChunk end = this[to] with { Message = null, Length = 0, Flags = (this[to].Flags & PayloadFlags.Unordered) | PayloadFlags.Ends, State = SentState.Abandoned };
                Add(end);
            }
        }

        for (uint at = from; Serial.IsBeforeOrSame(at, to); at++)
        {
            Leave(at);
            this[at].State = SentState.Abandoned;
            Drop(ref this[at]);
        }
    }

    /// <summary>Goes on over chunks that were given up (RFC 3758 §3.5, C2).</summary>
    public void AdvancePoint()
    {
        while (Serial.IsBefore(AdvancedPoint + 1, NextTsn) && this[AdvancedPoint + 1].State == SentState.Abandoned)
        {
            AdvancedPoint++;
        }
    }

    /// <summary>Writes what a FORWARD-TSN says: up to where to go on, and the last message of each ordered stream that is passed over.</summary>
    /// <returns>How much was written, in octets.</returns>
    public int WriteForward(Span<byte> chunk)
    {
        int length = sizeof(uint);
        uint point = FirstTsn - 1;
        while (point != AdvancedPoint)
        {
            ref SentChunk passed = ref this[point + 1];
            if ((passed.Flags & PayloadFlags.Unordered) == 0)
            {
                int at = sizeof(uint);
                while (at < length && BinaryPrimitives.ReadUInt16BigEndian(chunk[at..]) != passed.Stream)
                {
                    at += 4;
                }

                if (at + 4 > chunk.Length)
                {
                    break;
                }

                BinaryPrimitives.WriteUInt16BigEndian(chunk[at..], passed.Stream);
                BinaryPrimitives.WriteUInt16BigEndian(chunk[(at + 2)..], passed.Sequence);
                length = Math.Max(length, at + 4);
            }

            point++;
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk, point);
        return length;
    }
}
