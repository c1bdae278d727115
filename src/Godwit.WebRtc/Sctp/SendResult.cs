namespace Godwit.WebRtc.Sctp;

/// <summary>What became of a message that was to be sent.</summary>
internal enum SendResult : byte
{
    /// <summary>It is on its way or will be.</summary>
    Sent,

    /// <summary>Too much waits already. It can be tried again when the channel is low.</summary>
    Full,

    /// <summary>Nothing is sent any more.</summary>
    Closed,

    /// <summary>It is larger than the other end takes.</summary>
    TooLarge,
}
