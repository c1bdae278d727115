namespace Godwit.WebRtc.Sctp;

/// <summary>What an end answers to a re-configuration (RFC 6525 §4.4).</summary>
internal enum ResetResult : uint
{
    NothingToDo = 0,
    Performed = 1,
    Denied = 2,
    WrongSequence = 3,
    AlreadyInProgress = 4,
    BadNumber = 5,
    InProgress = 6,
}
