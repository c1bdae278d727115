namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>Why a chunk is refused or an association is aborted (RFC 9260 §3.3.10).</summary>
internal enum ErrorCause : ushort
{
    None = 0,
    InvalidStream = 1,
    MissingParameter = 2,
    StaleCookie = 3,
    OutOfResource = 4,
    UnresolvableAddress = 5,
    UnrecognizedChunk = 6,
    InvalidMandatoryParameter = 7,
    UnrecognizedParameters = 8,
    NoUserData = 9,
    CookieWhileShuttingDown = 10,
    Restarted = 11,
    UserAbort = 12,
    ProtocolViolation = 13,
}
