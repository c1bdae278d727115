namespace Godwit.WebRtc.Sdp;

/// <summary>What an offer of one data channel connection says, as far as it matters to the answer.</summary>
internal sealed record SdpOffer
{
    /// <summary>The octets of an offer at most: those of browsers have 500 to 2,000.</summary>
    public const int MaxBytes = 16 << 10;

    /// <summary>The client's user name fragment.</summary>
    public required string Fragment { get; init; }

    /// <summary>The client's password. Only a full agent needs it: we never check.</summary>
    public required string Password { get; init; }

    /// <summary>The fingerprints of certificates that the client may show.</summary>
    public required IReadOnlyList<byte[]> Fingerprints { get; init; }

    /// <summary>The name of the media section; null where it has none.</summary>
    public required string? Mid { get; init; }

    /// <summary>Whether the section stands in a BUNDLE group, which the answer repeats.</summary>
    public required bool IsBundled { get; init; }

    /// <summary>The client's port of SCTP.</summary>
    public required ushort SctpPort { get; init; }

    /// <summary>The octets of a message that the client takes at most.</summary>
    public required long MaxMessage { get; init; }
}
