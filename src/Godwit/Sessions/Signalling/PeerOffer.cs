using System.Net;
using Godwit.Access;

namespace Godwit.Sessions.Signalling;

/// <summary>An offer of a client that may have a session.</summary>
/// <param name="Id">The name that the peer gets.</param>
/// <param name="Sdp">The offer, as it came.</param>
/// <param name="Caller">Whose it is.</param>
/// <param name="Origin">The page that sent it; null for none.</param>
/// <param name="Client">The address of the client, proxies that are trusted seen through; null where there is none.</param>
/// <param name="IsLocal">Whether it came from this machine.</param>
/// <param name="OnEnded">To be called once, when the peer that was made for it has ended.</param>
internal readonly record struct PeerOffer(UInt128 Id, ReadOnlyMemory<byte> Sdp, Caller Caller, string? Origin, IPAddress? Client, bool IsLocal, Action OnEnded);
