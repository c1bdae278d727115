namespace Godwit.WebRtc.Sctp;

/// <summary>Who uses an association. Everything is called while a call into the association runs; only <see cref="Send"/> must not call back, and nothing may throw.</summary>
internal interface IAssociationUser
{
    /// <summary>Sends a packet; it must be taken or dropped before the call returns.</summary>
    void Send(ReadOnlySpan<byte> packet);

    /// <summary>The association is there, for the first time or, after the other end has lost its state, again: then nothing of before is left.</summary>
    /// <param name="again">Whether the other end has restarted.</param>
    void OnEstablished(bool again);

    /// <summary>A message has arrived.</summary>
    void OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message);

    /// <summary>The other end has reset a stream of its own: it sends nothing more of what went before.</summary>
    /// <param name="stream">The stream; null is all of them.</param>
    void OnStreamReset(ushort? stream);

    /// <summary>A stream that was to be reset by this end is reset, or the other end does not want it.</summary>
    void OnResetAnswered(OutboundStream stream);

    /// <summary>Less may be waiting to be sent than before.</summary>
    /// <returns>Whether something was sent or queued.</returns>
    bool OnProgress();

    /// <summary>The association has ended.</summary>
    void OnEnded(AssociationEnd end);
}
