using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.DataChannels;

/// <summary>What the association tells: messages, channels that the other end opens and closes.</summary>
internal sealed partial class ChannelEndpoint
{
    void IAssociationUser.Send(ReadOnlySpan<byte> packet) => _handler.Send(packet);

    void IAssociationUser.OnEstablished(bool again)
    {
        if (again)
        {
            CloseAll();
            _refused = 0;
        }

        _handler.OnConnected();
    }

    void IAssociationUser.OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message)
    {
        DataChannel? channel = Find(stream);
        if (protocol == PayloadProtocol.Control)
        {
            OnControl(stream, channel, message);
            return;
        }

        // What comes on a stream without a channel was sent before the other end knew that this end does not want it.
        if (channel is null || channel.State == ChannelState.Closing)
        {
            return;
        }

        if (!PayloadProtocol.TryRead(protocol, out MessageKind kind, out bool isEmpty))
        {
            Close(channel, _now);
            return;
        }

        if (channel.State == ChannelState.Opening)
        {
            Opened(channel);
        }

        _handler.OnMessage(channel, kind, isEmpty ? [] : message);
    }

    void IAssociationUser.OnStreamReset(ushort? stream)
    {
        if (stream is { } id)
        {
            OnIncomingReset(Find(id));
            return;
        }

        for (int at = _count - 1; at >= 0; at--)
        {
            OnIncomingReset(_channels[at]);
        }
    }

    void IAssociationUser.OnResetAnswered(OutboundStream stream)
    {
        if (stream.Owner is not DataChannel channel)
        {
            _refused--;
        }
        else if (channel.IsIncomingReset)
        {
            Finish(channel);
        }
    }

    bool IAssociationUser.OnProgress()
    {
        if (!_isWatching)
        {
            return false;
        }

        _isWatching = false;
        _hasSent = false;
        for (int at = _count - 1; at >= 0; at--)
        {
            if (at >= _count)
            {
                continue;
            }

            DataChannel channel = _channels[at];
            if (channel.WantsLow && channel.Buffered <= channel.LowWaterMark && !IsCrowded)
            {
                channel.WantsLow = false;
                _handler.OnBufferedLow(channel);
            }

            if (channel.TakeTurn(_now))
            {
                _handler.OnMaySend(channel);
            }

            _isWatching |= channel.WantsLow || channel.WantsToSend;
        }

        return _hasSent;
    }

    void IAssociationUser.OnEnded(AssociationEnd end)
    {
        CloseAll();
        _handler.OnEnded(end);
    }

    private void OnControl(ushort stream, DataChannel? channel, ReadOnlySpan<byte> message)
    {
        switch (message[0])
        {
            case ChannelOpen.AckMessageType:
                if (channel?.State == ChannelState.Opening)
                {
                    Opened(channel);
                }

                break;
            case ChannelOpen.MessageType:
                OnOpen(stream, channel, message);
                break;
            default:
                if (channel is not null)
                {
                    Close(channel, _now);
                }

                break;
        }
    }

    private void OnOpen(ushort stream, DataChannel? channel, ReadOnlySpan<byte> message)
    {
        // The other end uses a number again that it knows to be free, and the answer that says so to this end is still on its way.
        if (channel is { State: ChannelState.Closing, IsIncomingReset: true })
        {
            Finish(channel);
            channel = null;
        }

        bool isPeers = _options.TakesAnyNumber || (stream & 1) == (_isDtlsClient ? 1 : 0);
        if (channel is not null)
        {
            Close(channel, _now);
            return;
        }

        if (!isPeers || stream == ushort.MaxValue || _count >= _options.MostChannels || !ChannelOpen.TryRead(message, out ChannelOpen open)
            || open.Label.Length > _options.LongestText || open.Protocol.Length > _options.LongestText)
        {
            Refuse(stream);
            return;
        }

        channel = new DataChannel(this, stream, Text(open.Label), Text(open.Protocol), open.Terms, ChannelState.Open);
        Add(channel);
        if (Association.Send(channel.Stream, PayloadProtocol.Control, [ChannelOpen.AckMessageType], default, _now, isControl: true) == SendResult.Full)
        {
            // So many channels come and go that the answers to them do not get away.
            Association.Abort(_now);
            return;
        }

        _handler.OnChannelOpened(channel);
    }

    /// <summary>Closes a channel that is not to be; an end that opens many of them against that is not waited for.</summary>
    private void Refuse(ushort stream)
    {
        if (_refused >= _options.MostChannels)
        {
            Association.Abort(_now);
        }
        else if (Association.Reset(new OutboundStream(stream), _now))
        {
            _refused++;
        }
    }

    private void Opened(DataChannel channel)
    {
        channel.State = ChannelState.Open;
        _handler.OnChannelOpened(channel);
    }

    private void OnIncomingReset(DataChannel? channel)
    {
        if (channel is null)
        {
            return;
        }

        channel.IsIncomingReset = true;
        Association.Discard(channel.Stream);
        if (channel.State == ChannelState.Closing)
        {
            if (channel.Stream.Reset == ResetProgress.Answered)
            {
                Finish(channel);
            }

            return;
        }

        Close(channel, _now);
    }
}
