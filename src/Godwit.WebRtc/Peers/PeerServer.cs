using System.Net;
using System.Net.Sockets;
using Godwit.Access;
using Godwit.Administration;
using Godwit.Protocol;
using Godwit.Sessions.Signalling;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Sdp;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Peers;

/// <summary>The UDP port with all its peers: answers offers, and has what comes to the port reach the peer that it is for.</summary>
internal sealed partial class PeerServer : IPeerConnections, IDisposable
{
    /// <summary>The octets of a message that is taken at most, as the answer says.</summary>
    public const int MaxMessage = 256 << 10;

    private readonly Lock _lock = new();
    private readonly WebRtcOptions _options;
    private readonly PeerSurroundings _all;
    private readonly DatagramDemux _demux;
    private readonly Func<Caller, bool> _isRevoked;
    private UdpPort? _port;
    private bool _isDisposed;

    /// <summary>Makes the server; nothing is bound before <see cref="Open"/> or, where no port is set, the first offer.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="associate">Makes what is carried over the records of a peer that is connected; under its lock.</param>
    /// <param name="isRevoked">Whether what a caller has open is to end.</param>
    /// <param name="logger">Where it is told what becomes of peers.</param>
    public PeerServer(WebRtcOptions options, TimeProvider time, Func<Peer, IPeerAssociation> associate, Func<Caller, bool> isRevoked, ILogger logger)
    {
        _options = options;
        _isRevoked = isRevoked;
        var table = new PeerTable();
        _all = new PeerSurroundings(table, new Deadlines(time), new HandshakeThreads(), DtlsIdentity.Make(time), associate, logger);
        _demux = new DatagramDemux(table, _all.Failures);
    }

    /// <summary>The peers.</summary>
    public PeerTable Peers => _all.Table;

    /// <summary>What is due by time.</summary>
    public Deadlines Deadlines => _all.Deadlines;

    /// <summary>Where the port is bound; empty while it is not.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints
    {
        get
        {
            lock (_lock)
            {
                return _port?.EndPoints ?? [];
            }
        }
    }

    /// <summary>Binds the port, where one is set.</summary>
    /// <exception cref="SocketException">It is in use, or not for this user.</exception>
    public void Open()
    {
        lock (_lock)
        {
            if (_options.Port is { } port && _port is null)
            {
                _port = UdpPort.BindEverywhere(port, _demux);
            }
        }
    }

    /// <inheritdoc/>
    public OfferOutcome Answer(in PeerOffer offer)
    {
        IReadOnlyList<IPEndPoint> candidates;
        try
        {
            candidates = CandidatesFor(offer, out string? why);
            if (why is not null)
            {
                return new OfferOutcome(null, ErrorCode.WebRtcUnconfigured, why);
            }
        }
        catch (SocketException failure)
        {
            Log.NotBound(_all.Logger, failure);
            return new OfferOutcome(null, ErrorCode.Internal, "The server could not bind a UDP port.");
        }

        bool hasV4 = candidates.Any(static candidate => candidate.AddressFamily == AddressFamily.InterNetwork);
        bool hasV6 = candidates.Any(static candidate => candidate.AddressFamily == AddressFamily.InterNetworkV6);
        if (!SdpOfferReader.TryRead(offer.Sdp.Span, hasV4, hasV6, out SdpOffer? asked, out SdpFault? fault))
        {
            return new OfferOutcome(null, fault.IsUnusable ? ErrorCode.SdpUnusable : ErrorCode.SdpInvalid, Sentence(fault.Detail), fault.Line);
        }

        var peer = new Peer(new PeerPlan(offer.Id, offer.Caller, offer.Origin, asked, IceCredentials.Make(), offer.OnEnded), _all);
        lock (_lock)
        {
            if (_isDisposed || !_all.Table.TryAdd(peer))
            {
                return new OfferOutcome(null, _isDisposed ? ErrorCode.Drain : ErrorCode.Internal, "Offer again.");
            }
        }

        peer.Start();
        if (_isRevoked(offer.Caller))
        {
            // Since the head of the request was looked at: the order did not find the peer.
            peer.End(PeerEnd.Removed);
        }

        return new OfferOutcome(SdpAnswer.Compose(asked, peer.Credentials, _all.Identity.Fingerprint, candidates, MaxMessage));
    }

    /// <inheritdoc/>
    public bool TryEnd(UInt128 id)
    {
        if (!_all.Table.TryFind(id, out Peer? peer))
        {
            return false;
        }

        peer.End(PeerEnd.Removed);
        return true;
    }

    /// <inheritdoc/>
    public void CarryOut(OrderWork work)
    {
        foreach (Peer peer in _all.Table.All)
        {
            if (work.Names(peer.Id))
            {
                peer.Close(ErrorCode.Disconnected);
            }
            else if (!peer.HasConnection && work.EndOf(peer.Caller, peer.Id) is { } why)
            {
                // A connection is found by whoever carries the order out next, and judged by the credential that it has by now.
                peer.Close(why);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        foreach (Peer peer in _all.Table.All)
        {
            peer.End(PeerEnd.Stopped);
        }

        _all.Threads.Dispose();
        _all.Deadlines.Dispose();
        _port?.Dispose();
    }

    private IReadOnlyList<IPEndPoint> CandidatesFor(in PeerOffer offer, out string? why)
    {
        why = null;
        if (_options.Port is null && !offer.IsLocal)
        {
            why = "Data channels are off here but for requests from this machine. Start the server with --udp PORT (webrtc.port), and open that UDP port.";
            return [];
        }

        IReadOnlyList<IPEndPoint> bound = Bound();
        if (_options.Port is not { } port)
        {
            return bound;
        }

        return Choose(bound, port, _options.Addresses, offer.IsLocal ? IPAddress.Loopback : Seen(offer.Client), out why);
    }

    /// <summary>Chooses what a client is told.</summary>
    /// <param name="bound">Where the port is bound.</param>
    /// <param name="port">The port.</param>
    /// <param name="set">The addresses of the settings, which count for everyone.</param>
    /// <param name="client">The client; null where its address is not known: it may be anywhere.</param>
    /// <param name="why">What is to be set, where there is nothing that the client would reach.</param>
    internal static IReadOnlyList<IPEndPoint> Choose(IReadOnlyList<IPEndPoint> bound, int port, IReadOnlyList<IPAddress> set, IPAddress? client, out string? why)
    {
        why = null;
        if (set.Count > 0)
        {
            return [.. set.Select(address => new IPEndPoint(address, port))];
        }

        AddressReach from = client is null ? AddressReach.Public : AddressReaches.Of(client);
        IPEndPoint[] reachable = [.. bound.Where(at => Reaches(from, AddressReaches.Of(at.Address)))];
        if (reachable.Length == 0)
        {
            why = $"The server has {(from == AddressReach.Private ? "loopback" : "private")} addresses alone, which this client does not reach. Set webrtc.addresses to those that clients reach it at.";
        }

        return reachable;
    }

    /// <summary>A request that is not local and comes from this machine has come through a proxy, which has not said for whom.</summary>
    private static IPAddress? Seen(IPAddress? client) => client is null || AddressReaches.Of(client) == AddressReach.Loopback ? null : client;

    private IReadOnlyList<IPEndPoint> Bound()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _port ??= _options.Port is { } port ? UdpPort.BindEverywhere(port, _demux) : UdpPort.BindLoopback(_demux);
            return _port.EndPoints;
        }
    }

    private static bool Reaches(AddressReach client, AddressReach server) => client switch
    {
        AddressReach.Loopback => true,
        AddressReach.Private => server != AddressReach.Loopback,
        _ => server == AddressReach.Public,
    };

    private static string Sentence(string detail) => $"{char.ToUpperInvariant(detail[0])}{detail.AsSpan(1)}.";

    private static partial class Log
    {
        [LoggerMessage(4, LogLevel.Error, "No UDP port could be bound for data channels.", EventName = "UdpNotBound")]
        public static partial void NotBound(ILogger logger, Exception failure);
    }
}
