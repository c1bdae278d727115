using Godwit.WebRtc.Sctp.Sending;

namespace Godwit.WebRtc.Sctp;

/// <summary>An outgoing stream: its messages that have not been sent, and its place in the order.</summary>
internal sealed class OutboundStream(ushort id, object? owner = null)
{
    /// <summary>The stream identifier.</summary>
    public ushort Id { get; } = id;

    /// <summary>Whom it belongs to.</summary>
    public object? Owner { get; } = owner;

    /// <summary>How many octets of its messages have not been sent for the first time.</summary>
    public int Unsent { get; internal set; }

    /// <summary>The stream sequence number of its next ordered message.</summary>
    internal ushort NextSequence { get; set; }

    /// <summary>The first of the messages of which nothing was sent.</summary>
    internal OutgoingMessage? First { get; set; }

    /// <summary>The last of them.</summary>
    internal OutgoingMessage? Last { get; set; }

    /// <summary>The stream whose turn is after this one's.</summary>
    internal OutboundStream? Behind { get; set; }

    /// <summary>Whether it waits for its turn.</summary>
    internal bool IsWaiting { get; set; }

    /// <summary>Where its reset stands.</summary>
    internal ResetProgress Reset { get; set; }
}

/// <summary>Where the reset of an outgoing stream stands (RFC 6525 §5.1).</summary>
internal enum ResetProgress : byte
{
    None,

    /// <summary>It is to be reset once all of it is sent.</summary>
    Wanted,

    /// <summary>The other end was asked.</summary>
    Asked,

    /// <summary>The other end has answered.</summary>
    Answered,
}
