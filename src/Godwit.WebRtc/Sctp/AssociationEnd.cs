using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>Why an association ended.</summary>
/// <param name="Kind">Who ended it, and how.</param>
/// <param name="Cause">The error cause of an ABORT that was sent or received; <see cref="ErrorCause.None"/> if it named none.</param>
internal readonly record struct AssociationEnd(AssociationEndKind Kind, ErrorCause Cause = ErrorCause.None);

/// <summary>Who ended an association, and how.</summary>
internal enum AssociationEndKind : byte
{
    /// <summary>Both ends agreed by SHUTDOWN; everything that was sent reliably has arrived.</summary>
    Shutdown,

    /// <summary>This end aborted: by its user, or because the other end broke the protocol or a limit.</summary>
    Aborted,

    /// <summary>The other end aborted.</summary>
    AbortedByPeer,

    /// <summary>The other end did not answer.</summary>
    Unreachable,
}
