using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.DataChannels;

/// <summary>What the channels of a peer may be and hold.</summary>
internal sealed record ChannelOptions
{
    /// <summary>The protocol parameters of the association below.</summary>
    public SctpOptions Sctp { get; init; } = new();

    /// <summary>How many channels there may be at a time; more that the other end opens are closed.</summary>
    /// <value>16.</value>
    public int MostChannels { get; init; } = 16;

    /// <summary>The longest label, and the longest name of a protocol, in octets of UTF-8; a channel with a longer one is closed.</summary>
    /// <value>256.</value>
    public int LongestText { get; init; } = 256;

    /// <summary>Labels and protocols that many channels have, which are then one string for all.</summary>
    /// <value>None.</value>
    public string[] CommonTexts { get; init; } = [];

    /// <summary>Whether the other end may open channels with numbers that are not its part (RFC 8832 §6). For an end that opens none itself, to which it makes no difference.</summary>
    /// <value>false. werift takes its part by its role in ICE instead of that in DTLS.</value>
    public bool TakesAnyNumber { get; init; }
}
