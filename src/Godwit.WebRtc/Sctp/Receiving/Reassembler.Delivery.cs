using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>When a message is whole, and whose turn it is.</summary>
internal sealed partial class Reassembler
{
    /// <summary>Delivers the messages that lie wholly at or below the cumulative TSN, first to last, and drops pieces that belong to none.</summary>
    private void Sweep()
    {
        while (Serial.IsBeforeOrSame(_floor, Cumulative) && _fault == Arrival.Taken)
        {
            ref HeldChunk first = ref this[_floor];
            if (first.State != HeldState.Held || !first.Begins)
            {
                DropFloor(_floor + 1);
                continue;
            }

            while (true)
            {
                if (Serial.IsBefore(Cumulative, _walked))
                {
                    return;
                }

                ref HeldChunk piece = ref this[_walked];
                if (_walked != _floor && !piece.Continues(this[_walked - 1]))
                {
                    DropFloor(_walked);
                    break;
                }

                _walkedOctets += piece.Length;
                if (_walkedOctets > options.LargestMessage)
                {
                    _fault = Arrival.TooLarge;
                    return;
                }

                _walked++;
                if (piece.Ends)
                {
                    DeliverRun(_floor, _walked - 1);
                    DropFloor(_walked);
                    break;
                }
            }
        }
    }

    /// <summary>Is done with everything before a TSN.</summary>
    private void DropFloor(uint to)
    {
        for (; _floor != to; _floor++)
        {
            Free(ref this[_floor]);
        }

        _walked = to;
        _walkedOctets = 0;
    }

    /// <summary>Delivers the message of a chunk behind a hole if it is whole and need not wait.</summary>
    private void Complete(uint tsn)
    {
        uint last = tsn;
        while (!this[last].Ends)
        {
            if (!IsHeld(last + 1) || !this[last + 1].Continues(this[last]))
            {
                return;
            }

            last++;
        }

        uint first = tsn;
        while (!this[first].Begins)
        {
            if (first == _floor || !IsHeld(first - 1) || !this[first].Continues(this[first - 1]))
            {
                return;
            }

            first--;
        }

        ref HeldChunk head = ref this[first];
        if (head.IsUnordered || head.Sequence == _order.Next(head.Stream))
        {
            DeliverRun(first, last);
        }
    }

    /// <summary>Delivers the ordered messages that lie behind a hole and were waiting for those before them. Their order is that of their TSNs.</summary>
    private void DeliverFollowing()
    {
        for (uint tsn = Cumulative + 1; _heldOrdered > 0 && _fault == Arrival.Taken && Serial.IsBeforeOrSame(tsn, _highest); tsn++)
        {
            ref HeldChunk chunk = ref this[tsn];
            if (chunk.State == HeldState.Held && chunk.Begins && !chunk.IsUnordered && chunk.Sequence == _order.Next(chunk.Stream))
            {
                Complete(tsn);
            }
        }
    }

    /// <summary>Delivers the message of the chunks of a run, which is whole.</summary>
    private void DeliverRun(uint first, uint last)
    {
        HeldChunk head = this[first];
        int length = 0;
        for (uint at = first; Serial.IsBeforeOrSame(at, last); at++)
        {
            length += this[at].Length;
        }

        if (length > options.LargestMessage)
        {
            _fault = Arrival.TooLarge;
            return;
        }

        byte[] message = first == last ? head.Block! : BlockPool.Rent(length);
        int written = 0;
        for (uint at = first; Serial.IsBeforeOrSame(at, last); at++)
        {
            ref HeldChunk piece = ref this[at];
            if (first == last)
            {
                piece.Block = null;
            }
            else
            {
                piece.Payload.CopyTo(message.AsSpan(written));
                written += piece.Length;
            }

            Free(ref piece);
            piece.State = HeldState.Delivered;
        }

        Deliver(head.Stream, head.Sequence, head.IsUnordered, head.Protocol, message.AsSpan(0, length));
        BlockPool.Return(message);
    }

    private void Deliver(ushort stream, ushort sequence, bool isUnordered, uint protocol, ReadOnlySpan<byte> message)
    {
        if (message.Length > options.LargestMessage)
        {
            _fault = Arrival.TooLarge;
            return;
        }

        if (!isUnordered)
        {
            Order(stream, (ushort)(sequence + 1));
        }

        if (_fault == Arrival.Taken)
        {
            receiver.OnMessage(stream, protocol, message);
        }
    }

    private void Order(ushort stream, ushort next)
    {
        _isFollowingDue = true;
        if (!_order.TrySet(stream, next))
        {
            _fault = Arrival.TooManyStreams;
        }
    }
}
