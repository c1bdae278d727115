using Godwit.Access;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Sdp;

namespace Godwit.WebRtc.Peers;

/// <summary>What is known of a peer when its offer is answered.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Caller">Whose it is.</param>
/// <param name="Origin">The page that offered; null for none.</param>
/// <param name="Offer">What it offered.</param>
/// <param name="Credentials">Our part of ICE.</param>
/// <param name="OnEnded">Called once, when it has ended.</param>
internal sealed record PeerPlan(UInt128 Id, Caller Caller, string? Origin, SdpOffer Offer, IceCredentials Credentials, Action OnEnded);
