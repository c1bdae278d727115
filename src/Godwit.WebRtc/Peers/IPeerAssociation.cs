using Godwit.Protocol;

namespace Godwit.WebRtc.Peers;

/// <summary>What is carried over the records of a peer: an association of SCTP. All of it is called under the peer's lock.</summary>
internal interface IPeerAssociation
{
    /// <summary>When it has something to do by time, in the ms of <see cref="Udp.Deadlines.Now"/>; <see cref="Udp.Deadlines.Never"/> for nothing.</summary>
    long Deadline { get; }

    /// <summary>Whether it has begun a connection, live or ended.</summary>
    bool HasConnection { get; }

    /// <summary>Takes the content of a genuine record.</summary>
    void Receive(Span<byte> packet, long now);

    /// <summary>Does what is due.</summary>
    void OnDue(long now);

    /// <summary>Ends the session for a reason that the client is told; false where there is none to end.</summary>
    bool TryClose(ErrorCode why);

    /// <summary>The peer has ended: nothing can be sent any more.</summary>
    void OnEnded(PeerEnd why);

    /// <summary>The server ends the peer: says so, as far as a last packet can.</summary>
    void SayFarewell();
}
