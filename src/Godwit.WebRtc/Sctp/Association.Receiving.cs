using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Receiving;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>Packets that arrive, and what is acknowledged of them.</summary>
internal sealed partial class Association
{
    private const byte ReflectsTag = 1;
    private const int MostDuplicates = 16;

    private uint[]? _duplicates;
    private int _duplicateCount;
    private int _unacknowledged;
    private bool _acknowledgeNow;

    /// <summary>Takes a packet. One that is broken, or of another association, changes nothing (RFC 9260 §8.5).</summary>
    public void Receive(ReadOnlySpan<byte> packet, long now)
    {
        if (!CommonHeader.TryRead(packet, out CommonHeader header) || header.SourcePort != _peerPort || header.DestinationPort != _ownPort)
        {
            return;
        }

        Enter(now);
        var chunks = new FieldReader(packet[CommonHeader.Length..]);
        bool isFirst = true;
        bool hadGaps = _reassembler?.HasGaps ?? false;
        bool hasPayload = false;
        while (chunks.MoveNext())
        {
            var type = (ChunkType)chunks.Current[0];
            if (isFirst ? !TakeFirst(type, chunks, header.Tag) : type is ChunkType.Init or ChunkType.InitAck or ChunkType.ShutdownComplete || !Take(type, chunks.Current))
            {
                break;
            }

            isFirst = false;
            hasPayload |= type == ChunkType.Payload;
        }

        if (State != AssociationState.Ended && _reassembler is { } receiving)
        {
            OnArrival(receiving.DeliverDue(), 0);
        }

        if (hasPayload && State != AssociationState.Ended && _reassembler is { } reassembler)
        {
            DueAcknowledgement(hadGaps || reassembler.HasGaps);
        }

        Leave();
    }

    /// <summary>Takes the first chunk, whose type says which tag the packet must have; false if nothing behind it counts.</summary>
    private bool TakeFirst(ChunkType type, in FieldReader chunks, uint tag)
    {
        ReadOnlySpan<byte> chunk = chunks.Current;
        bool isReflected = (chunk[1] & ReflectsTag) != 0;
        switch (type)
        {
            case ChunkType.Init:
                if (tag == 0 && chunks.IsAtEnd)
                {
                    OnInit(chunk);
                }

                return false;
            case ChunkType.CookieEcho:
                return OnCookieEcho(chunk, tag);
            case ChunkType.Abort or ChunkType.ShutdownComplete when isReflected ? tag != _peer.Tag || _peer.Tag == 0 : tag != _ownTag || _ownTag == 0:
                return false;
            case ChunkType.Abort:
                return Take(type, chunk);
            case ChunkType.ShutdownComplete:
                if (chunks.IsAtEnd && State == AssociationState.ShutdownAckSent)
                {
                    End(new AssociationEnd(AssociationEndKind.Shutdown));
                }

                return false;
            case ChunkType.ShutdownAck when State is AssociationState.Closed or AssociationState.CookieWait or AssociationState.CookieEchoed or AssociationState.Ended:
                AppendAlone(tag, ChunkType.ShutdownComplete, FieldReader.HeaderLength, ReflectsTag);
                return false;
            case ChunkType.InitAck when tag == _ownTag && State == AssociationState.CookieWait && chunks.IsAtEnd:
                OnInitAck(chunk);
                return false;
            case ChunkType.InitAck:
                return false;
            default:
                if (State is AssociationState.Closed or AssociationState.Ended)
                {
                    RefuseUnknown(type, tag);
                    return false;
                }

                return tag == _ownTag && Take(type, chunk);
        }
    }

    /// <summary>A packet for no association (RFC 9260 §8.4).</summary>
    private void RefuseUnknown(ChunkType type, uint tag)
    {
        if (type is not (ChunkType.CookieAck or ChunkType.Error))
        {
            AppendAlone(tag, ChunkType.Abort, FieldReader.HeaderLength, ReflectsTag);
        }
    }

    /// <summary>Takes a chunk of a packet with the right tag; false if nothing behind it counts.</summary>
    private bool Take(ChunkType type, ReadOnlySpan<byte> chunk)
    {
        switch (type)
        {
            case ChunkType.Payload:
                OnPayload(chunk);
                break;
            case ChunkType.Sack:
                OnSack(chunk);
                break;
            case ChunkType.Heartbeat:
                OnHeartbeat(chunk);
                break;
            case ChunkType.HeartbeatAck:
                OnHeartbeatAck(chunk);
                break;
            case ChunkType.Abort:
                OnAbort(chunk);
                break;
            case ChunkType.Shutdown:
                OnShutdown(chunk);
                break;
            case ChunkType.ShutdownAck:
                OnShutdownAck();
                break;
            case ChunkType.Error:
                OnError(chunk);
                break;
            case ChunkType.CookieAck:
                OnCookieAck();
                break;
            case ChunkType.ReConfig:
                OnReConfig(chunk);
                break;
            case ChunkType.ForwardTsn:
                OnForwardTsn(chunk);
                break;
            case ChunkType.CookieEcho:
                break;
            default:
                return OnUnrecognized(chunk);
        }

        return State != AssociationState.Ended;
    }

    /// <summary>The two highest bits say what to do with an unknown chunk (RFC 9260 §3.2).</summary>
    private bool OnUnrecognized(ReadOnlySpan<byte> chunk)
    {
        if ((chunk[0] & 0x40) != 0)
        {
            Report(ErrorCause.UnrecognizedChunk, chunk);
        }

        return (chunk[0] & 0x80) != 0;
    }

    private bool TakesPayload => State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownSent;

    private void OnPayload(ReadOnlySpan<byte> chunk)
    {
        if (!TakesPayload)
        {
            return;
        }

        if (!PayloadChunk.TryRead(chunk, out PayloadChunk payload))
        {
            Abort(ErrorCause.ProtocolViolation, []);
            return;
        }

        if (payload.Payload.IsEmpty)
        {
            Abort(ErrorCause.NoUserData, chunk.Slice(FieldReader.HeaderLength, sizeof(uint)));
            return;
        }

        _acknowledgeNow |= (payload.Flags & PayloadFlags.Immediate) != 0;
        OnArrival(_reassembler!.Take(payload), payload.Tsn);
    }

    private void OnForwardTsn(ReadOnlySpan<byte> chunk)
    {
        if (!TakesPayload || chunk.Length < 2 * sizeof(uint))
        {
            return;
        }

        uint to = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);
        Arrival arrival = _reassembler!.Forward(to, chunk[8..]);
        _acknowledgeNow = true;
        if (arrival != Arrival.Duplicate)
        {
            OnArrival(arrival, to);
        }
    }

    private void OnArrival(Arrival arrival, uint tsn)
    {
        switch (arrival)
        {
            case Arrival.Duplicate:
                _acknowledgeNow = true;
                _duplicates ??= new uint[MostDuplicates];
                if (_duplicateCount < MostDuplicates)
                {
                    _duplicates[_duplicateCount++] = tsn;
                }

                break;
            case Arrival.Refused:
                _acknowledgeNow = true;
                break;
            case Arrival.TooLarge:
                Abort(ErrorCause.ProtocolViolation, "a message is larger than max-message-size"u8);
                break;
            case Arrival.TooManyStreams:
                Abort(ErrorCause.OutOfResource, []);
                break;
        }
    }

    /// <summary>An acknowledgement is due: at once for every second packet and where something is missing, else after a delay (RFC 9260 §6.2).</summary>
    private void DueAcknowledgement(bool hasGaps)
    {
        if (State == AssociationState.ShutdownSent)
        {
            _acknowledgeNow = true;
            SendShutdown();
        }

        if (hasGaps || ++_unacknowledged >= 2)
        {
            _acknowledgeNow = true;
        }
        else if (_acknowledgeAt == Never)
        {
            _acknowledgeAt = _now + _options.AcknowledgementDelay;
        }
    }

    /// <summary>Adds a SACK, if one is due or waits for its delay.</summary>
    private void AppendSack()
    {
        if (_reassembler is not { } reassembler || !(_acknowledgeNow || _unacknowledged > 0))
        {
            return;
        }

        const int fixedLength = 16;
        Span<byte> gaps = stackalloc byte[reassembler.HasGaps ? 1024 : 0];
        int most = Math.Min(gaps.Length, (LargestChunk - fixedLength - (_duplicateCount * sizeof(uint))) & ~3);
        gaps = gaps[..reassembler.WriteGaps(gaps[..most])];
        Span<byte> chunk = Append(ChunkType.Sack, fixedLength + gaps.Length + (_duplicateCount * sizeof(uint)));
        BinaryPrimitives.WriteUInt32BigEndian(chunk[4..], reassembler.Cumulative);
        BinaryPrimitives.WriteInt32BigEndian(chunk[8..], reassembler.Window);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[12..], (ushort)(gaps.Length / 4));
        BinaryPrimitives.WriteUInt16BigEndian(chunk[14..], (ushort)_duplicateCount);
        gaps.CopyTo(chunk[fixedLength..]);
        for (int at = 0; at < _duplicateCount; at++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(chunk[(fixedLength + gaps.Length + (at * sizeof(uint)))..], _duplicates![at]);
        }

        _duplicateCount = 0;
        _unacknowledged = 0;
        _acknowledgeNow = false;
        _acknowledgeAt = Never;
    }
}
