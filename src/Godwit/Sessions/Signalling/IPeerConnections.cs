using Godwit.Administration;

namespace Godwit.Sessions.Signalling;

/// <summary>Peers whose sessions come over data channels. The endpoints call it, and know nothing of how packets travel.</summary>
internal interface IPeerConnections
{
    /// <summary>Answers an offer: from then on the peer is waited for. Access has been decided.</summary>
    OfferOutcome Answer(in PeerOffer offer);

    /// <summary>Ends a peer of this server; false where there is none of that name.</summary>
    bool TryEnd(UInt128 id);

    /// <summary>Ends the peers that an order concerns.</summary>
    void CarryOut(OrderWork work);
}
