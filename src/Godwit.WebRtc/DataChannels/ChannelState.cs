namespace Godwit.WebRtc.DataChannels;

/// <summary>Where a channel stands.</summary>
internal enum ChannelState : byte
{
    /// <summary>This end has opened it and the other end has not answered. It takes messages already.</summary>
    Opening,

    /// <summary>Both ends know it.</summary>
    Open,

    /// <summary>One end has closed it; both streams are being reset. It takes no messages, and what arrives is dropped.</summary>
    Closing,

    /// <summary>It is gone; its number may be used again.</summary>
    Closed,
}
