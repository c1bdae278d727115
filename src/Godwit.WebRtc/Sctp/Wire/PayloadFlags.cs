namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>The flags of a DATA chunk.</summary>
[Flags]
internal enum PayloadFlags : byte
{
    None = 0,

    /// <summary>The last piece of a message.</summary>
    Ends = 1,

    /// <summary>The first piece of a message.</summary>
    Begins = 2,

    /// <summary>The message has no place in the order of its stream.</summary>
    Unordered = 4,

    /// <summary>The sender asks not to delay the acknowledgement.</summary>
    Immediate = 8,

    /// <summary>A message of one piece.</summary>
    Whole = Begins | Ends,
}
