using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>What is due by time, and whether the other end is still there (RFC 9260 §8).</summary>
internal sealed partial class Association
{
    private const int HeartbeatNoteLength = 8;
    private const int IdleWithoutHeartbeat = 30_000;

    // T1-init, T1-cookie and T2-shutdown: no two of them run at once.
    private long _handshakeAt = Never;

    // T3-rtx.
    private long _resendAt = Never;
    private long _acknowledgeAt = Never;
    private long _resetAt = Never;
    private long _heartbeatAt = Never;
    private long _heartbeatLostAt = Never;

    // T5-shutdown-guard.
    private long _giveUpAt = Never;

    // When the next packets of a burst may leave.
    private long _paceAt = Never;
    private long _heartbeatSentAt;
    private uint _heartbeatNote;

    /// <summary>When <see cref="OnDeadline"/> is to be called; <see cref="Never"/> if nothing is due.</summary>
    public long NextDeadline => Math.Min(
        Math.Min(Math.Min(_handshakeAt, _resendAt), Math.Min(_acknowledgeAt, _resetAt)),
        Math.Min(Math.Min(_heartbeatAt, _heartbeatLostAt), Math.Min(_giveUpAt, _paceAt)));

    private int IdleInterval => _options.HeartbeatInterval > 0 ? _options.HeartbeatInterval : IdleWithoutHeartbeat;

    /// <summary>Does what is due. A call before the deadline does nothing.</summary>
    public void OnDeadline(long now)
    {
        Enter(now);
        if (_giveUpAt <= _now)
        {
            Abort(ErrorCause.UserAbort, []);
        }

        if (_handshakeAt <= _now)
        {
            if (State is AssociationState.CookieWait or AssociationState.CookieEchoed)
            {
                RepeatHandshake();
            }
            else
            {
                RepeatShutdown();
            }
        }

        if (_resendAt <= _now)
        {
            OnResendTimeout();
        }

        if (_acknowledgeAt <= _now)
        {
            _acknowledgeNow = true;
        }

        if (_resetAt <= _now)
        {
            OnResetTimeout();
        }

        if (_heartbeatLostAt <= _now)
        {
            _heartbeatLostAt = Never;
            if (!Fail())
            {
                _timeout.BackOff();
                SendHeartbeat();
            }
        }

        if (_heartbeatAt <= _now)
        {
            OnIdle();
        }

        Leave();
    }

    /// <summary>Nothing came back once more; true if that was too often and the association has ended (§8.1).</summary>
    private bool Fail()
    {
        if (++_failures <= _options.MostRetransmissions)
        {
            return false;
        }

        End(new AssociationEnd(AssociationEndKind.Unreachable));
        return true;
    }

    /// <summary>Lets go of what a busy time needed, and asks whether the other end is there (§8.3).</summary>
    private void OnIdle()
    {
        long idleFor = _now - _lastSentAt;
        if (_outstanding is null || idleFor < IdleInterval)
        {
            _heartbeatAt = _outstanding is null ? Never : _lastSentAt + IdleInterval;
            return;
        }

        _outstanding.Trim();
        _reassembler!.Trim();
        _heartbeatAt = _now + IdleInterval + (_options.HeartbeatInterval > 0 ? _timeout.Current / 2 : 0);
        if (_options.HeartbeatInterval > 0 && _heartbeatLostAt == Never && State is AssociationState.Established or AssociationState.ShutdownReceived)
        {
            SendHeartbeat();
        }
    }

    private void SendHeartbeat()
    {
        _heartbeatNote = Random();
        _heartbeatSentAt = _now;
        _heartbeatLostAt = _now + _timeout.Current;
        Span<byte> chunk = Append(ChunkType.Heartbeat, FieldReader.HeaderLength + HeartbeatNoteLength);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[4..], (ushort)ParameterType.HeartbeatNote);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[6..], HeartbeatNoteLength);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[8..], _heartbeatNote);
    }

    /// <summary>Sends back what the other end noted, if it fits a packet.</summary>
    private void OnHeartbeat(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length <= LargestChunk && State is not (AssociationState.CookieWait or AssociationState.ShutdownAckSent))
        {
            chunk[FieldReader.HeaderLength..].CopyTo(Append(ChunkType.HeartbeatAck, chunk.Length)[FieldReader.HeaderLength..]);
        }
    }

    private void OnHeartbeatAck(ReadOnlySpan<byte> chunk)
    {
        if (_heartbeatLostAt != Never && chunk.Length == FieldReader.HeaderLength + HeartbeatNoteLength && BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]) == _heartbeatNote)
        {
            _heartbeatLostAt = Never;
            _failures = 0;
            _timeout.Measure(_now - _heartbeatSentAt);
        }
    }
}
