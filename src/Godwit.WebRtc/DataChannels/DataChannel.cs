using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.DataChannels;

/// <summary>A data channel: a pair of streams with one number (RFC 8831, RFC 8832).</summary>
internal sealed class DataChannel
{
    private readonly ChannelEndpoint _endpoint;
    private int _wantedLength;

    internal DataChannel(ChannelEndpoint endpoint, ushort id, string label, string protocol, DeliveryTerms terms, ChannelState state)
    {
        _endpoint = endpoint;
        Stream = new OutboundStream(id, this);
        Label = label;
        Protocol = protocol;
        Terms = terms;
        State = state;
    }

    /// <summary>The number of both streams: even where the DTLS client has opened the channel, else odd.</summary>
    public ushort Id => Stream.Id;

    /// <summary>The label.</summary>
    public string Label { get; }

    /// <summary>The name of the protocol spoken over it.</summary>
    public string Protocol { get; }

    /// <summary>How hard it is tried to deliver its messages, in both directions.</summary>
    public DeliveryTerms Terms { get; }

    /// <summary>Where it stands.</summary>
    public ChannelState State { get; internal set; }

    /// <summary>What the owner of the endpoint keeps with it.</summary>
    public object? Tag { get; set; }

    /// <summary>How many octets of its messages have not been sent for the first time.</summary>
    public int Buffered => Stream.Unsent;

    /// <summary>Whether more than half of what may be held is: also what was sent and is not acknowledged counts there, and <see cref="Send"/> says <see cref="SendResult.Full"/> by it.</summary>
    public bool IsCrowded => _endpoint.IsCrowded;

    /// <summary>At how many octets waiting <see cref="IChannelHandler.OnBufferedLow"/> is called, unless <see cref="IsCrowded"/> still is.</summary>
    /// <value>0 by default.</value>
    public int LowWaterMark { get; set; }

    internal OutboundStream Stream { get; }

    internal bool IsIncomingReset { get; set; }

    internal bool WantsLow { get; set; }

    internal bool WantsToSend => _wantedLength > 0;

    /// <summary>Sends a message, or queues it until path and other end have room.</summary>
    /// <param name="kind">Whether it is text or octets.</param>
    /// <param name="message">The message; it may be empty, and is copied.</param>
    /// <param name="now">The time.</param>
    public SendResult Send(MessageKind kind, ReadOnlySpan<byte> message, long now)
    {
        if (State is not (ChannelState.Open or ChannelState.Opening))
        {
            return SendResult.Closed;
        }

        if (!_endpoint.FitsPeer(message.Length))
        {
            return SendResult.TooLarge;
        }

        SendResult result = _endpoint.Association.Send(Stream, PayloadProtocol.Of(kind, message.IsEmpty), message.IsEmpty ? [0] : message, CurrentTerms, now);
        if (result == SendResult.Full || Stream.Unsent > LowWaterMark || IsCrowded)
        {
            WantsLow = true;
            _endpoint.Watch();
        }

        _endpoint.NoteSent(result == SendResult.Sent);
        return result;
    }

    /// <summary>Sends a message if it can leave at once; false if not, or if the channel is closed, and then nothing of it is kept.</summary>
    /// <remarks>For whoever has something newer by the time that it may: <see cref="IChannelHandler.OnMaySend"/> says when.</remarks>
    public bool TrySendNow(MessageKind kind, ReadOnlySpan<byte> message, long now)
    {
        if (State is not (ChannelState.Open or ChannelState.Opening) || !_endpoint.FitsPeer(message.Length))
        {
            return false;
        }

        bool sent = _endpoint.Association.TrySendNow(Stream, PayloadProtocol.Of(kind, message.IsEmpty), message.IsEmpty ? [0] : message, CurrentTerms, now);
        Want(sent, message.Length);
        _endpoint.NoteSent(sent);
        return sent;
    }

    /// <summary>Whether a message of a length would leave at once.</summary>
    public bool MaySendNow(int length, long now)
    {
        bool may = State is ChannelState.Open or ChannelState.Opening && _endpoint.Association.MaySend(Math.Max(1, length), now);
        Want(may, length);
        return may;
    }

    /// <summary>Asks for <see cref="IChannelHandler.OnBufferedLow"/>, also where no more than <see cref="LowWaterMark"/> waits already: then it comes with the next packet or deadline.</summary>
    public void AwaitLow()
    {
        WantsLow = true;
        _endpoint.Watch();
    }

    /// <summary>Closes the channel in both directions; what was given to it is sent before.</summary>
    public void Close(long now) => _endpoint.Close(this, now);

    /// <summary>Whether who was told to wait can go on; asks to be told only once.</summary>
    internal bool TakeTurn(long now)
    {
        if (_wantedLength == 0 || State is ChannelState.Closing or ChannelState.Closed || !_endpoint.Association.MaySend(_wantedLength, now))
        {
            return false;
        }

        _wantedLength = 0;
        return true;
    }

    // Until the other end has answered, order is what makes sure that it knows the channel before its messages (RFC 8832 §6).
    private DeliveryTerms CurrentTerms => State == ChannelState.Opening ? Terms with { IsUnordered = false } : Terms;

    private void Want(bool may, int length)
    {
        _wantedLength = may ? 0 : Math.Max(1, length);
        if (!may)
        {
            _endpoint.Watch();
        }
    }
}
