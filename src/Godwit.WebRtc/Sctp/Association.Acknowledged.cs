using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Sending;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>What comes back for what was sent, or does not (RFC 9260 §6.2.1, §6.3.3), and what is given up then (RFC 3758 §3.5).</summary>
internal sealed partial class Association
{
    private uint _announced;
    private int _fastAllowance;
    private bool _forwardDue;
    private bool _wasAcknowledged;

    private void OnSack(ReadOnlySpan<byte> chunk)
    {
        const int fixedLength = 16;
        if (_outstanding is null || !SendsPayload || chunk.Length < fixedLength)
        {
            return;
        }

        int gaps = BinaryPrimitives.ReadUInt16BigEndian(chunk[12..]) * 4;
        if (chunk.Length < fixedLength + gaps)
        {
            return;
        }

        if (OnCumulative(BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]), chunk.Slice(fixedLength, gaps), saysAll: true))
        {
            _announced = BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]);
            _wasAcknowledged = true;
            _burst = _options.Burst;
        }
    }

    /// <summary>Takes what a SACK or SHUTDOWN acknowledges; false if it is older than another one, or wrong.</summary>
    private bool OnCumulative(uint cumulative, ReadOnlySpan<byte> blocks, bool saysAll)
    {
        Outstanding outstanding = _outstanding!;
        if (Serial.IsBefore(cumulative, outstanding.FirstTsn - 1))
        {
            return false;
        }

        int before = outstanding.Flight;
        Acknowledgement told = Serial.IsBefore(cumulative, outstanding.NextTsn)
            ? outstanding.Acknowledge(cumulative, blocks, saysAll, _window.IsRecovering, _now)
            : new Acknowledgement { IsInvalid = true };
        if (told.IsInvalid)
        {
            Abort(ErrorCause.ProtocolViolation, "what was never sent is acknowledged"u8);
            return false;
        }

        if (told.AnswersProbe)
        {
            _timeout.Measure(_now - _probeSentAt);
        }

        if (told.HasAdvanced || told.Newly > 0)
        {
            _failures = 0;
        }

        if (told.HasAdvanced)
        {
            _window.Acknowledge(told.Newly, before, outstanding.Flight);
            _window.OnCumulative(cumulative);
            _resendAt = outstanding.Count == 0 ? Never : _now + _timeout.Current;
        }

        if (told.FoundLoss)
        {
            _window.OnLoss(outstanding.NextTsn - 1);
            _fastAllowance = _options.PacketLength - CommonHeader.Length;
        }

        _forwardDue = outstanding.HasForward;
        Settle(outstanding);
        return true;
    }

    /// <summary>T3-rtx: nothing came back in time (§6.3.3).</summary>
    private void OnResendTimeout()
    {
        Outstanding outstanding = _outstanding!;
        _resendAt = Never;
        bool isWindowProbe = _announced == 0 && _wasAcknowledged;
        if (!isWindowProbe && Fail())
        {
            return;
        }

        _wasAcknowledged = false;
        _timeout.BackOff();
        _window.OnTimeout();
        outstanding.LoseAll(_now);
        _forwardDue = outstanding.HasForward;
        _resendAt = outstanding.Count == 0 ? Never : _now + _timeout.Current;
        Settle(outstanding);
    }

    /// <summary>A message whose time is over, or of which a piece was given up, is sent no further.</summary>
    private void Expire(Outstanding outstanding, OutgoingMessage message)
    {
        if (message.Sent > 0 && !message.IsAbandoned)
        {
            if (outstanding.Count == 0 || outstanding[outstanding.NextTsn - 1].Message != message)
            {
                // All that was sent of it has arrived: an end that is given up at once tells the other end not to wait for the rest.
                outstanding.Add(new SentChunk
                {
                    Stream = message.Stream.Id,
                    Sequence = message.Sequence,
                    Flags = PayloadFlags.Ends | (message.IsUnordered ? PayloadFlags.Unordered : PayloadFlags.None),
                    State = SentState.Abandoned,
                });
            }
            else
            {
                outstanding.Abandon(outstanding.NextTsn - 1);
            }

            outstanding.AdvancePoint();
            _forwardDue = outstanding.HasForward;
        }

        Unqueue();
    }

    /// <summary>Tells the other end to go on without what was given up (RFC 3758 §3.5).</summary>
    private void AppendForwardTsn()
    {
        Span<byte> content = stackalloc byte[LargestChunk - FieldReader.HeaderLength];
        int length = _outstanding!.WriteForward(content);
        content[..length].CopyTo(Append(ChunkType.ForwardTsn, FieldReader.HeaderLength + length)[FieldReader.HeaderLength..]);
        _forwardDue = false;
        if (_resendAt == Never)
        {
            _resendAt = _now + _timeout.Current;
        }
    }
}
