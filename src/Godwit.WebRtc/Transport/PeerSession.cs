using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Sessions;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sdp;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Transport;

/// <summary>The data channels of one peer: the session over the one that is reliable, and the one that takes the newest entries of its rooms. Under the peer's lock.</summary>
internal sealed class PeerSession : IPeerAssociation, IChannelHandler
{
    /// <summary>The label of the channel that carries the frames of a session.</summary>
    public const string Reliable = "reliable";

    /// <summary>The label of the channel that carries entries of which only the newest matters.</summary>
    public const string Lossy = "lossy";

    /// <summary>How long a peer that is connected may take to open its channel, in ms.</summary>
    public const long ChannelLimit = 30_000;

    /// <summary>How long what was sent last may take to arrive when the session is over, in ms: a client that takes none of it would stay.</summary>
    public const long ShutdownLimit = 30_000;

    private readonly SessionPeers _all;
    private readonly Peer _peer;
    private readonly ChannelEndpoint _channels;
    private long _endBy;
    private DataChannel? _reliable;
    private DataChannel? _lossy;
    private ChannelOutlet? _outlet;
    private FrameQueue? _frames;
    private PeerEnd? _over;

    /// <summary>Makes it; the client begins.</summary>
    public PeerSession(SessionPeers all, Peer peer)
    {
        _all = all;
        _peer = peer;
        SdpOffer offer = peer.Plan.Offer;
        _channels = new ChannelEndpoint(all.Channels, this, isDtlsClient: false, SdpAnswer.SctpPort, offer.SctpPort)
        {
            PeerLargestMessage = offer.MaxMessage == long.MaxValue ? 0 : offer.MaxMessage,
        };
        _endBy = peer.Now + ChannelLimit;
    }

    /// <inheritdoc/>
    public long Deadline => _over is null ? Math.Min(_channels.NextDeadline, _endBy) : 0;

    /// <inheritdoc/>
    public bool HasConnection => _outlet is not null;

    /// <inheritdoc/>
    public void Receive(Span<byte> packet, long now)
    {
        _channels.Receive(packet, now);
        Settle();
    }

    /// <inheritdoc/>
    public void OnDue(long now)
    {
        if (now >= _endBy)
        {
            _peer.End(PeerEnd.Finished);
        }
        else if (now >= _channels.NextDeadline)
        {
            _channels.OnDeadline(now);
        }

        Settle();
    }

    /// <inheritdoc/>
    public bool TryClose(ErrorCode why)
    {
        if (_outlet is not { Connection.HasEnded: false } outlet)
        {
            return false;
        }

        outlet.Connection.Close(Framing.Ndjson.End(why));
        return true;
    }

    /// <inheritdoc/>
    public void SayFarewell() => _channels.Abort(_peer.Now);

    /// <inheritdoc/>
    public void OnEnded(PeerEnd why)
    {
        _outlet?.OnGone();
        _frames?.Stop();
    }

    void IChannelHandler.Send(ReadOnlySpan<byte> packet) => _peer.SendPacket(packet);

    void IChannelHandler.OnConnected()
    {
    }

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
        if (_reliable is null && channel.Label == Reliable && channel.Terms is { IsUnordered: false, IsReliable: true })
        {
            BeginSession(channel);
        }
        else if (_lossy is null && channel.Label == Lossy && channel.Terms is { IsUnordered: true, MostRetransmissions: 0, Lifetime: uint.MaxValue } && _channels.Association.PeerTakesForwardTsn)
        {
            _lossy = channel;
            _outlet?.Use(channel);
        }
        else
        {
            // Nothing would ever come over it: the client sees at once that it is not to be had.
            channel.Close(_peer.Now);
        }
    }

    private void BeginSession(DataChannel channel)
    {
        _reliable = channel;
        _endBy = Deadlines.Never;
        channel.LowWaterMark = ChannelOutlet.Low;
        var outlet = new ChannelOutlet(_peer, _channels, channel, Shutdown);
        var connection = new Connection(_all.Engine.Reads.NextShard(), outlet, Framing.Ndjson, ReadTransport.SessionDataChannel) { Caller = _peer.Caller };
        outlet.Connection = connection;
        var session = new Session(_all.Services, connection, _peer.Plan.Origin);
        _outlet = outlet;
        if (_lossy is not null)
        {
            outlet.Use(_lossy);
        }

        _frames = new FrameQueue(_all, connection, session);
        connection.Start();
        session.AwaitHello();
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message)
    {
        if (channel == _reliable)
        {
            _frames!.Add(kind, message);
        }
    }

    void IChannelHandler.OnMaySend(DataChannel channel)
    {
        if (channel == _lossy)
        {
            _outlet?.OnLatestMaySend();
        }
    }

    void IChannelHandler.OnBufferedLow(DataChannel channel)
    {
        if (channel == _reliable)
        {
            _outlet!.OnLow();
        }
    }

    void IChannelHandler.OnChannelClosed(DataChannel channel)
    {
        if (channel == _reliable)
        {
            _outlet!.OnGone();
            _over ??= PeerEnd.ClosedByClient;
        }
        else if (channel == _lossy)
        {
            _lossy = null;
            _outlet?.Use(null);
        }
    }

    void IChannelHandler.OnEnded(AssociationEnd end) =>
        _over ??= end.Kind is AssociationEndKind.AbortedByPeer ? PeerEnd.ClosedByClient : PeerEnd.Finished;

    /// <summary>Ends the peer once the endpoint has sent its last packets.</summary>
    private void Settle()
    {
        if (_over is { } why)
        {
            _peer.End(why);
        }
    }

    /// <summary>The connection has ended: what it sent last arrives, and then the peer ends.</summary>
    private void Shutdown()
    {
        _frames!.End();
        lock (_peer.Gate)
        {
            _endBy = _peer.Now + ShutdownLimit;
            _channels.Shutdown(_peer.Now);
            Settle();
            _peer.Reschedule();
        }
    }
}
