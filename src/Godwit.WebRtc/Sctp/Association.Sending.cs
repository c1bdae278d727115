using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Sending;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>Messages that go out: when, in which chunks, and again (RFC 9260 §6.1, §6.3, §7.2).</summary>
internal sealed partial class Association
{
    private const int ControlAllowance = 16 << 10;

    private SendQueue _queue;
    private CongestionWindow _window;
    private int _burst;
    private long _probeSentAt;
    private long _lastSentAt;

    private int LargestPiece => LargestChunk - PayloadChunk.HeaderLength;

    /// <summary>Whether the other end can be told that messages were given up (RFC 3758); else they are sent until they arrive. Once there is an association.</summary>
    public bool PeerTakesForwardTsn => _peer.TakesForwardTsn;

    /// <summary>How much the other end has room for, less what is on its way.</summary>
    private long PeerWindow => Math.Max(0, (long)_announced - _outstanding!.FlightPayload);

    private bool SendsPayload => State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived;

    private bool TakesMessages => State < AssociationState.ShutdownPending;

    /// <summary>Asks not to delay the acknowledgement where this end waits for it: the window is full but for a packet, or the end is near (RFC 9260 §6.1).</summary>
    private PayloadFlags Urgency =>
        _failures > 0 || State != AssociationState.Established || _outstanding!.Flight + _options.PacketLength > _window.Size ? PayloadFlags.Immediate : PayloadFlags.None;

    /// <summary>Queues a message; it goes out as soon as the other end and the path have room.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="protocol">The payload protocol identifier.</param>
    /// <param name="payload">The message, at least one octet; it is copied.</param>
    /// <param name="terms">How hard it is tried.</param>
    /// <param name="now">The time.</param>
    /// <param name="isControl">Whether it is one of the few short messages about channels, which may pass the limit by 16 KiB.</param>
    public SendResult Send(OutboundStream stream, uint protocol, ReadOnlySpan<byte> payload, in DeliveryTerms terms, long now, bool isControl = false)
    {
        if (!TakesMessages || stream.Reset != ResetProgress.None)
        {
            return SendResult.Closed;
        }

        if (Buffered + payload.Length + Outstanding.MessageOverhead > _options.SendBuffer + (isControl ? ControlAllowance : 0))
        {
            return SendResult.Full;
        }

        Enter(now);
        Buffered += payload.Length + Outstanding.MessageOverhead;
        _queue.Add(OutgoingMessage.Take(stream, protocol, payload, terms, _now));
        Leave();
        return SendResult.Sent;
    }

    /// <summary>Sends a message if all of it may leave at once; nothing is queued if not.</summary>
    /// <remarks>What is never sent again is not copied.</remarks>
    public bool TrySendNow(OutboundStream stream, uint protocol, ReadOnlySpan<byte> payload, in DeliveryTerms terms, long now)
    {
        Enter(now);
        bool may = stream.Reset == ResetProgress.None && MaySend(payload.Length);
        if (may)
        {
            RestAfterIdle();
            if (terms.MostRetransmissions == 0 && _peer.TakesForwardTsn)
            {
                SendWithoutCopy(stream, protocol, payload, terms.IsUnordered);
            }
            else
            {
                Buffered += payload.Length + Outstanding.MessageOverhead;
                _queue.Add(OutgoingMessage.Take(stream, protocol, payload, terms, _now));
                Transmit();
            }
        }

        Leave();
        return may;
    }

    /// <summary>Whether a message of this length would leave at once: nothing waits, and path and other end have room.</summary>
    public bool MaySend(int length, long now)
    {
        if (_depth == 0)
        {
            MoveOn(now);
        }

        return MaySend(length);
    }

    private bool MaySend(int length)
    {
        if (State != AssociationState.Established || !_queue.IsEmpty || _outstanding!.Lost > 0 || _outstanding.Count >= Outstanding.Most)
        {
            return false;
        }

        int pieces = Math.Max(1, (length + LargestPiece - 1) / LargestPiece);
        int beforeLast = _outstanding.Flight + ((pieces - 1) * (LargestPiece + PayloadChunk.HeaderLength));
        if (beforeLast >= _window.Size || (length > PeerWindow && (_outstanding.Flight > 0 || pieces > 1))
            || Buffered + length + Outstanding.MessageOverhead > _options.SendBuffer)
        {
            return false;
        }

        if (Math.Min(pieces, _options.Burst) <= _burst || (pieces == 1 && HasRoom(PayloadChunk.HeaderLength + length)))
        {
            return true;
        }

        _paceAt = Math.Min(_paceAt, _now + 1);
        return false;
    }

    /// <summary>Drops the messages of a stream of which nothing was sent.</summary>
    public void Discard(OutboundStream stream)
    {
        OutgoingMessage? message = _queue.Remove(stream);
        while (message is not null)
        {
            OutgoingMessage? behind = message.Behind;
            Release(message);
            message = behind;
        }
    }

    private void SendWithoutCopy(OutboundStream stream, uint protocol, ReadOnlySpan<byte> payload, bool isUnordered)
    {
        ushort sequence = isUnordered ? (ushort)0 : stream.NextSequence++;
        PayloadFlags flags = PayloadFlags.Begins | (isUnordered ? PayloadFlags.Unordered : PayloadFlags.None);
        do
        {
            ReadOnlySpan<byte> piece = payload[..Math.Min(payload.Length, LargestPiece)];
            payload = payload[piece.Length..];
            flags |= payload.IsEmpty ? PayloadFlags.Ends : PayloadFlags.None;
            AppendSack();
            TakePacketFor(PayloadChunk.HeaderLength + piece.Length);
            AppendNew(new SentChunk { Length = (ushort)piece.Length, Stream = stream.Id, Sequence = sequence, Flags = flags }, protocol, piece);
            flags &= ~PayloadFlags.Begins;
        }
        while (!payload.IsEmpty);
    }

    /// <summary>Sends everything that is due and may leave.</summary>
    private void Transmit()
    {
        if (_acknowledgeNow && State != AssociationState.Ended)
        {
            AppendSack();
        }

        _paceAt = Never;
        if (_outstanding is not { } outstanding || !SendsPayload)
        {
            return;
        }

        AskForResets();
        TransmitLost(outstanding);
        TransmitNew(outstanding);
        if (_forwardDue)
        {
            AppendForwardTsn();
        }

        Settle(outstanding);
        ContinueShutdown();
    }

    private void TransmitLost(Outstanding outstanding)
    {
        while (outstanding.Lost > 0)
        {
            uint tsn = outstanding.NextLost();
            SentChunk chunk = outstanding[tsn];
            OutgoingMessage message = chunk.Message!;
            if (_now >= message.ExpiresAt && outstanding.MayAbandon)
            {
                outstanding.Abandon(tsn);
                outstanding.AdvancePoint();
                _forwardDue = outstanding.HasForward;
                continue;
            }

            bool isFast = _fastAllowance >= chunk.Size;
            if (!isFast && outstanding.Flight >= _window.Size)
            {
                break;
            }

            AppendSack();
            if (!TakePacketFor(PayloadChunk.HeaderLength + chunk.Length))
            {
                break;
            }

            _fastAllowance -= isFast ? chunk.Size : 0;
            outstanding.Resend(tsn, isFast);
            WriteChunk(chunk, chunk.Flags | Urgency, tsn, message.Protocol, message.Payload.Slice(chunk.Offset, chunk.Length));
            if (tsn == outstanding.FirstTsn || _resendAt == Never)
            {
                _resendAt = _now + _timeout.Current;
            }
        }

        _fastAllowance = 0;
    }

    private void TransmitNew(Outstanding outstanding)
    {
        if (outstanding.Lost > 0)
        {
            return;
        }

        while ((_queue.Current ?? _queue.Begin()) is { } message)
        {
            if (message.IsAbandoned || (_now >= message.ExpiresAt && (message.Sent == 0 || outstanding.MayAbandon)))
            {
                Expire(outstanding, message);
                continue;
            }

            RestAfterIdle();
            int length = Math.Min(message.Length - message.Sent, LargestPiece);
            if (outstanding.Flight >= _window.Size || outstanding.Count >= Outstanding.Most || (length > PeerWindow && outstanding.Flight > 0))
            {
                break;
            }

            AppendSack();
            if (!TakePacketFor(PayloadChunk.HeaderLength + length))
            {
                break;
            }

            if (message is { Sent: 0, IsUnordered: false })
            {
                message.Sequence = message.Stream.NextSequence++;
            }

            var chunk = new SentChunk
            {
                Message = message,
                Offset = message.Sent,
                Length = (ushort)length,
                Stream = message.Stream.Id,
                Sequence = message.IsUnordered ? (ushort)0 : message.Sequence,
                Flags = (message.Sent == 0 ? PayloadFlags.Begins : PayloadFlags.None)
                    | (message.Sent + length == message.Length ? PayloadFlags.Ends : PayloadFlags.None)
                    | (message.IsUnordered ? PayloadFlags.Unordered : PayloadFlags.None),
            };
            message.Sent += length;
            message.Stream.Unsent -= length;
            AppendNew(chunk, message.Protocol, message.Payload.Slice(chunk.Offset, length));
            if (message.Sent == message.Length)
            {
                Unqueue();
            }
        }
    }

    private void AppendNew(in SentChunk chunk, uint protocol, ReadOnlySpan<byte> piece)
    {
        Outstanding outstanding = _outstanding!;
        uint tsn = outstanding.NextTsn;
        outstanding.Add(chunk);
        if (outstanding.IsProbe(tsn))
        {
            _probeSentAt = _now;
        }

        WriteChunk(chunk, chunk.Flags | Urgency, tsn, protocol, piece);
        if (_resendAt == Never)
        {
            _resendAt = _now + _timeout.Current;
            _wasAcknowledged = false;
        }
    }

    private void WriteChunk(in SentChunk chunk, PayloadFlags flags, uint tsn, uint protocol, ReadOnlySpan<byte> piece)
    {
        Span<byte> written = Append(ChunkType.Payload, PayloadChunk.HeaderLength + piece.Length);
        piece.CopyTo(PayloadChunk.Write(written, flags, tsn, chunk.Stream, chunk.Sequence, protocol));
        _lastSentAt = _now;
    }

    /// <summary>Whether there is a packet for a chunk: the one that is being made, or one more of the burst.</summary>
    private bool TakePacketFor(int length)
    {
        if (HasRoom(length))
        {
            return true;
        }

        if (_burst == 0)
        {
            _paceAt = _now + 1;
            return false;
        }

        _burst--;
        ClosePacket();
        return true;
    }

    /// <summary>A path that was not used for some time is tried anew with less.</summary>
    private void RestAfterIdle()
    {
        if (_outstanding!.Count == 0 && _now - _lastSentAt > _timeout.Current)
        {
            _window.OnIdle((_now - _lastSentAt) / _timeout.Current);
            _lastSentAt = _now;
        }
    }

    /// <summary>The message that was begun leaves the queue.</summary>
    private void Unqueue()
    {
        OutgoingMessage message = _queue.Current!;
        _queue.End();
        Release(message);
    }

    private void Release(OutgoingMessage message)
    {
        int held = message.Length + Outstanding.MessageOverhead;
        if (message.Release())
        {
            Buffered -= held;
        }
    }

    private void Settle(Outstanding outstanding) => Buffered -= outstanding.TakeFreed();

    /// <summary>After a restart of the other end nothing of before is sent.</summary>
    private void ForgetSent()
    {
        while ((_queue.Current ?? _queue.Begin()) is not null)
        {
            Unqueue();
        }

        _resets?.Clear();
        Buffered = 0;
    }
}
