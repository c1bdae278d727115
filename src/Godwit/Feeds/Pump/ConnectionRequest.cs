using Godwit.Access;

namespace Godwit.Feeds.Pump;

/// <summary>Something that another thread wants of a connection.</summary>
/// <param name="Kind">What.</param>
/// <param name="Frame">The frame that goes with it.</param>
/// <param name="Reader">The reader of <see cref="ConnectionRequestKind.Join"/> and <see cref="ConnectionRequestKind.Leave"/>.</param>
/// <param name="Access">What decides, for <see cref="ConnectionRequestKind.Reconsider"/>.</param>
/// <param name="Barrier">Whom to tell, for <see cref="ConnectionRequestKind.Barrier"/>.</param>
/// <param name="Hold">What the frame took from the budget of large answers.</param>
internal readonly record struct ConnectionRequest(ConnectionRequestKind Kind, byte[]? Frame = null, Reader? Reader = null, TaskCompletionSource? Barrier = null, AnswerHold? Hold = null, RoomAccess? Access = null);

/// <summary>The members of <see cref="Connection"/> that any thread may call.</summary>
internal enum ConnectionRequestKind
{
    /// <summary><see cref="Connection.Start"/></summary>
    Start,

    /// <summary><see cref="Connection.Join"/></summary>
    Join,

    /// <summary><see cref="Connection.Leave"/></summary>
    Leave,

    /// <summary><see cref="Connection.Become"/></summary>
    Reconsider,

    /// <summary><see cref="Connection.Send"/></summary>
    Control,

    /// <summary><see cref="Connection.DrainedAsync"/></summary>
    Barrier,

    /// <summary><see cref="Connection.Close"/></summary>
    Close,

    /// <summary><see cref="Connection.Abort"/></summary>
    Abort,
}
