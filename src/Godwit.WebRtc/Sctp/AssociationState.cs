namespace Godwit.WebRtc.Sctp;

/// <summary>The states of an association (RFC 9260 §4). <see cref="Ended"/> is CLOSED after there was one, and final.</summary>
internal enum AssociationState : byte
{
    Closed,
    CookieWait,
    CookieEchoed,
    Established,
    ShutdownPending,
    ShutdownSent,
    ShutdownReceived,
    ShutdownAckSent,
    Ended,
}
