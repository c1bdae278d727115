using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.DataChannels;

/// <summary>Who owns the channels of a peer. Everything is called while a call into the endpoint runs, and may call the endpoint and its channels, but for <see cref="Send"/>; nothing may throw.</summary>
internal interface IChannelHandler
{
    /// <summary>Sends a packet by DTLS; it must be taken or dropped before the call returns, and nothing of the endpoint may be called in it.</summary>
    void Send(ReadOnlySpan<byte> packet);

    /// <summary>The association is there. It comes again if the other end has lost its state; the channels of before were closed then.</summary>
    void OnConnected();

    /// <summary>A channel is open at both ends: the other end has opened it, or has answered.</summary>
    void OnChannelOpened(DataChannel channel);

    /// <summary>A message has arrived, which may be empty; it is valid during the call.</summary>
    void OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message);

    /// <summary>A message may leave at once, after <see cref="DataChannel.TrySendNow"/> or <see cref="DataChannel.MaySendNow"/> had said no. It comes once for each no, or for several.</summary>
    void OnMaySend(DataChannel channel);

    /// <summary>No more waits than <see cref="DataChannel.LowWaterMark"/>, after more did or <see cref="SendResult.Full"/> was answered.</summary>
    void OnBufferedLow(DataChannel channel);

    /// <summary>A channel is closed at both ends, or with the association.</summary>
    void OnChannelClosed(DataChannel channel);

    /// <summary>The association is over; the endpoint is of no more use.</summary>
    void OnEnded(AssociationEnd end);
}
