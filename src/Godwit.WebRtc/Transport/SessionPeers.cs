using Godwit.Sessions;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Sctp;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Transport;

/// <summary>Gives peers that are connected their sessions.</summary>
/// <param name="engine">The engine.</param>
/// <param name="services">What sessions share.</param>
/// <param name="logger">Where failures go.</param>
internal sealed class SessionPeers(GodwitEngine engine, SessionServices services, ILogger logger)
{
    /// <summary>The engine.</summary>
    public GodwitEngine Engine => engine;

    /// <summary>What sessions share.</summary>
    public SessionServices Services => services;

    /// <summary>Where failures go.</summary>
    public ILogger Logger => logger;

    /// <summary>What channels may be and hold.</summary>
    public ChannelOptions Channels { get; } = new()
    {
        // More is given while up to half of it is taken, and a frame is given whole: the largest entry has 1 MiB of octets, in base64.
        Sctp = new SctpOptions { LargestMessage = PeerServer.MaxMessage, SendBuffer = 4 << 20 },
        CommonTexts = [PeerSession.Reliable, PeerSession.Lossy],
        TakesAnyNumber = true,
    };

    /// <summary>Waits for a peer that is connected to open its channel.</summary>
    public IPeerAssociation Associate(Peer peer) => new PeerSession(this, peer);
}
