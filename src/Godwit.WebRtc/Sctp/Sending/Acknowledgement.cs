namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>What an acknowledgement changed.</summary>
internal readonly record struct Acknowledgement
{
    /// <summary>Whether it named what cannot be: chunks that were never sent, blocks that end before they begin.</summary>
    public bool IsInvalid { get; init; }

    /// <summary>Whether everything up to a later chunk than before has arrived.</summary>
    public bool HasAdvanced { get; init; }

    /// <summary>The size of the chunks that it acknowledged for the first time, in octets.</summary>
    public int Newly { get; init; }

    /// <summary>Whether chunks are taken for lost because of it.</summary>
    public bool FoundLoss { get; init; }

    /// <summary>Whether it answers the chunk whose round trip is measured.</summary>
    public bool AnswersProbe { get; init; }
}
