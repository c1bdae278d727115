using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>How an association ends (RFC 9260 §9).</summary>
internal sealed partial class Association
{
    /// <summary>Ends the association once everything that was sent has arrived; nothing more is taken to be sent.</summary>
    public void Shutdown(long now)
    {
        Enter(now);
        switch (State)
        {
            case AssociationState.Established:
                State = AssociationState.ShutdownPending;
                break;
            case AssociationState.Closed or AssociationState.CookieWait or AssociationState.CookieEchoed:
                End(new AssociationEnd(AssociationEndKind.Shutdown));
                break;
        }

        Leave();
    }

    /// <summary>Ends the association at once, and tells the other end.</summary>
    public void Abort(long now)
    {
        Enter(now);
        Abort(ErrorCause.UserAbort, []);
        Leave();
    }

    private void Abort(ErrorCause cause, ReadOnlySpan<byte> about)
    {
        if (State == AssociationState.Ended)
        {
            return;
        }

        if (_peer.Tag != 0)
        {
            Span<byte> chunk = AppendAlone(_peer.Tag, ChunkType.Abort, (2 * FieldReader.HeaderLength) + about.Length);
            WriteField(chunk[FieldReader.HeaderLength..], (ushort)cause, about);
        }

        End(new AssociationEnd(AssociationEndKind.Aborted, cause));
    }

    private void OnAbort(ReadOnlySpan<byte> chunk)
    {
        var causes = new FieldReader(chunk[FieldReader.HeaderLength..]);
        End(new AssociationEnd(AssociationEndKind.AbortedByPeer, causes.MoveNext() ? (ErrorCause)causes.Kind : ErrorCause.None));
    }

    /// <summary>Once nothing is on its way any more the next step is due.</summary>
    private void ContinueShutdown()
    {
        if (State is not (AssociationState.ShutdownPending or AssociationState.ShutdownReceived) || !_queue.IsEmpty || _outstanding!.Count > 0)
        {
            return;
        }

        if (State == AssociationState.ShutdownPending)
        {
            State = AssociationState.ShutdownSent;
            _giveUpAt = _now + _options.ShutdownGuard;
            SendShutdown();
        }
        else
        {
            State = AssociationState.ShutdownAckSent;
            SendShutdownAck();
        }
    }

    private void SendShutdown()
    {
        BinaryPrimitives.WriteUInt32BigEndian(Append(ChunkType.Shutdown, 8)[4..], _reassembler!.Cumulative);
        _handshakeAt = _now + _timeout.Current;
    }

    private void SendShutdownAck()
    {
        Append(ChunkType.ShutdownAck, FieldReader.HeaderLength);
        _handshakeAt = _now + _timeout.Current;
    }

    private void OnShutdown(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 8)
        {
            return;
        }

        switch (State)
        {
            case AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived:
                OnCumulative(BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]), [], saysAll: false);
                if (State != AssociationState.Ended)
                {
                    State = AssociationState.ShutdownReceived;
                    _giveUpAt = Never;
                }

                break;
            case AssociationState.ShutdownSent:
                State = AssociationState.ShutdownAckSent;
                SendShutdownAck();
                break;
        }
    }

    private void OnShutdownAck()
    {
        if (State is AssociationState.ShutdownSent or AssociationState.ShutdownAckSent)
        {
            Append(ChunkType.ShutdownComplete, FieldReader.HeaderLength);
            End(new AssociationEnd(AssociationEndKind.Shutdown));
        }
    }

    /// <summary>T2-shutdown.</summary>
    private void RepeatShutdown()
    {
        if (Fail())
        {
            return;
        }

        _timeout.BackOff();
        if (State == AssociationState.ShutdownSent)
        {
            SendShutdown();
        }
        else
        {
            SendShutdownAck();
        }
    }
}
