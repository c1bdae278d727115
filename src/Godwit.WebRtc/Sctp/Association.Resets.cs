using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>Streams that begin again, which is how channels are closed (RFC 6525; RFC 8831 §6.7). An end resets its own outgoing streams; other requests are denied.</summary>
internal sealed partial class Association
{
    private const int RequestLength = 16;
    private const int ResponseLength = 12;

    private List<OutboundStream>? _resets;
    private uint _ownResetNumber;
    private uint _peerResetNumber;
    private ResetResult _lastResetResult;
    private bool _isAsking;

    /// <summary>Resets a stream of this end once everything that was given to it is sent.</summary>
    /// <returns>Whether it will be: the other end has to know how.</returns>
    public bool Reset(OutboundStream stream, long now)
    {
        if (stream.Reset != ResetProgress.None || !_peer.TakesReConfig || State is not (AssociationState.Established or AssociationState.ShutdownPending))
        {
            return false;
        }

        Enter(now);
        stream.Reset = ResetProgress.Wanted;
        (_resets ??= new List<OutboundStream>(1)).Add(stream);
        Leave();
        return true;
    }

    /// <summary>Asks for the reset of the streams of which nothing waits any more, if no earlier request is without an answer.</summary>
    private void AskForResets()
    {
        if (_resets is not { Count: > 0 } resets || _isAsking)
        {
            return;
        }

        foreach (OutboundStream stream in resets)
        {
            if (stream.Reset == ResetProgress.Wanted && stream.Unsent == 0 && stream.First is null)
            {
                stream.Reset = ResetProgress.Asked;
                _isAsking = true;
            }
        }

        if (_isAsking)
        {
            SendResetRequest(resets);
        }
    }

    private void SendResetRequest(List<OutboundStream> resets)
    {
        int most = (LargestChunk - FieldReader.HeaderLength - RequestLength) / sizeof(ushort);
        int count = 0;
        foreach (OutboundStream stream in resets)
        {
            if (stream.Reset == ResetProgress.Asked && ++count > most)
            {
                stream.Reset = ResetProgress.Wanted;
                count--;
            }
        }

        int length = RequestLength + (count * sizeof(ushort));
        Span<byte> request = Append(ChunkType.ReConfig, FieldReader.HeaderLength + length)[FieldReader.HeaderLength..];
        BinaryPrimitives.WriteUInt16BigEndian(request, (ushort)ParameterType.OutgoingReset);
        BinaryPrimitives.WriteUInt16BigEndian(request[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(request[4..], _ownResetNumber);
        BinaryPrimitives.WriteUInt32BigEndian(request[8..], _peerResetNumber - 1);
        BinaryPrimitives.WriteUInt32BigEndian(request[12..], _outstanding!.NextTsn - 1);
        int at = RequestLength;
        foreach (OutboundStream stream in resets)
        {
            if (stream.Reset == ResetProgress.Asked)
            {
                BinaryPrimitives.WriteUInt16BigEndian(request[at..], stream.Id);
                at += sizeof(ushort);
            }
        }

        _resetAt = _now + _timeout.Current;
    }

    private void OnReConfig(ReadOnlySpan<byte> chunk)
    {
        if (State is not (AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived or AssociationState.ShutdownSent))
        {
            return;
        }

        var parameters = new FieldReader(chunk[FieldReader.HeaderLength..]);
        while (State != AssociationState.Ended && parameters.MoveNext())
        {
            ReadOnlySpan<byte> parameter = parameters.Current;
            switch ((ParameterType)parameters.Kind)
            {
                case ParameterType.OutgoingReset when parameter.Length >= RequestLength:
                case ParameterType.IncomingReset or ParameterType.AssociationReset when parameter.Length >= 8:
                case ParameterType.AddOutgoingStreams or ParameterType.AddIncomingStreams when parameter.Length >= ResponseLength:
                    OnResetRequest(parameter, (ParameterType)parameters.Kind);
                    break;
                case ParameterType.ResetResponse when parameter.Length >= ResponseLength:
                    OnResetResponse(BinaryPrimitives.ReadUInt32BigEndian(parameter[4..]), (ResetResult)BinaryPrimitives.ReadUInt32BigEndian(parameter[8..]));
                    break;
            }
        }
    }

    /// <summary>Answers a request. One that was answered before gets the same answer, unless that was that it has to wait.</summary>
    private void OnResetRequest(ReadOnlySpan<byte> request, ParameterType kind)
    {
        uint number = BinaryPrimitives.ReadUInt32BigEndian(request[4..]);
        ResetResult result;
        if (number == _peerResetNumber || (number == _peerResetNumber - 1 && _lastResetResult == ResetResult.InProgress))
        {
            _peerResetNumber = number + 1;
            result = _lastResetResult = kind == ParameterType.OutgoingReset ? Perform(request) : ResetResult.Denied;
        }
        else
        {
            result = number == _peerResetNumber - 1 ? _lastResetResult : ResetResult.BadNumber;
        }

        if (State == AssociationState.Ended)
        {
            return;
        }

        Span<byte> response = Append(ChunkType.ReConfig, FieldReader.HeaderLength + ResponseLength)[FieldReader.HeaderLength..];
        BinaryPrimitives.WriteUInt16BigEndian(response, (ushort)ParameterType.ResetResponse);
        BinaryPrimitives.WriteUInt16BigEndian(response[2..], ResponseLength);
        BinaryPrimitives.WriteUInt32BigEndian(response[4..], number);
        BinaryPrimitives.WriteUInt32BigEndian(response[8..], (uint)result);
    }

    private ResetResult Perform(ReadOnlySpan<byte> request)
    {
        if (Serial.IsBefore(_reassembler!.Cumulative, BinaryPrimitives.ReadUInt32BigEndian(request[12..])))
        {
            return ResetResult.InProgress;
        }

        ReadOnlySpan<byte> streams = request[RequestLength..];
        if (streams.Length < sizeof(ushort))
        {
            _reassembler.ResetAll();
            _user.OnStreamReset(null);
        }

        for (; streams.Length >= sizeof(ushort) && State != AssociationState.Ended; streams = streams[sizeof(ushort)..])
        {
            ushort stream = BinaryPrimitives.ReadUInt16BigEndian(streams);
            _reassembler.Reset(stream);
            _user.OnStreamReset(stream);
        }

        return ResetResult.Performed;
    }

    private void OnResetResponse(uint number, ResetResult result)
    {
        if (!_isAsking || number != _ownResetNumber)
        {
            return;
        }

        _failures = 0;
        if (result == ResetResult.InProgress)
        {
            _resetAt = _now + _timeout.Current;
            return;
        }

        _isAsking = false;
        _resetAt = Never;
        _ownResetNumber++;
        for (int at = _resets!.Count - 1; at >= 0; at--)
        {
            OutboundStream stream = _resets[at];
            if (stream.Reset != ResetProgress.Asked)
            {
                continue;
            }

            _resets.RemoveAt(at);
            stream.Reset = ResetProgress.Answered;
            stream.NextSequence = 0;
            _user.OnResetAnswered(stream);
        }
    }

    /// <summary>The request was not answered, or it has to wait at the other end.</summary>
    private void OnResetTimeout()
    {
        _resetAt = Never;
        if (!Fail())
        {
            _timeout.BackOff();
            SendResetRequest(_resets!);
        }
    }
}
