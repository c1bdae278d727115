namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>What became of a chunk that arrived.</summary>
internal enum Arrival : byte
{
    /// <summary>It is delivered or held.</summary>
    Taken,

    /// <summary>It was here before.</summary>
    Duplicate,

    /// <summary>There is no room for it; it has to come again.</summary>
    Refused,

    /// <summary>Its message is larger than the largest that is taken.</summary>
    TooLarge,

    /// <summary>More streams are in use than may be.</summary>
    TooManyStreams,
}
