using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Peers;

/// <summary>The peers of a UDP port, by what their datagrams show: the fragment in a check, and the address of one that was proven.</summary>
internal sealed class PeerTable
{
    private readonly ConcurrentDictionary<ulong, Peer> _byKey = new();
    private readonly ConcurrentDictionary<UdpAddress, Place> _byAddress = new();
    private readonly Lock _places = new();
    private readonly ConcurrentDictionary<UInt128, Peer> _byId = new();

    /// <summary>How many there are.</summary>
    public int Count => _byKey.Count;

    /// <summary>The addresses that were proven, of all peers together.</summary>
    public int AddressCount => _byAddress.Count;

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<Peer> All => _byKey.Select(static one => one.Value);

    /// <summary>Adds a peer; false where its fragment or name is taken.</summary>
    public bool TryAdd(Peer peer)
    {
        if (!_byKey.TryAdd(peer.Credentials.Key, peer))
        {
            return false;
        }

        if (_byId.TryAdd(peer.Id, peer))
        {
            return true;
        }

        _byKey.TryRemove(peer.Credentials.Key, out _);
        return false;
    }

    /// <summary>Finds whom a check is for.</summary>
    public bool TryFind(ulong key, [NotNullWhen(true)] out Peer? peer) => _byKey.TryGetValue(key, out peer);

    /// <summary>Finds whose an address is.</summary>
    public bool TryFind(in UdpAddress address, [NotNullWhen(true)] out Peer? peer)
    {
        peer = _byAddress.TryGetValue(address, out Place? place) ? place.Peer : null;
        return peer is not null;
    }

    /// <summary>Finds a peer by its name.</summary>
    public bool TryFind(UInt128 id, [NotNullWhen(true)] out Peer? peer) => _byId.TryGetValue(id, out peer);

    /// <summary>Notes that a check proved an address to be a peer's. False where another's check has proven the same of late: senders of checks can be forged, and its records would be another's.</summary>
    public bool TrySet(in UdpAddress address, Peer peer, long now)
    {
        lock (_places)
        {
            if (!_byAddress.TryGetValue(address, out Place? place))
            {
                _byAddress[address] = new Place(peer) { ProvenAt = now };
                return true;
            }

            if (place.Peer == peer)
            {
                place.ProvenAt = now;
                return true;
            }

            // Whoever is there lets its checks stay away for so long only when it is gone.
            if (now - place.ProvenAt < CheckedPaths.Quiet)
            {
                return false;
            }

            _byAddress[address] = new Place(peer) { ProvenAt = now };
            return true;
        }
    }

    /// <summary>An address is a peer's no more.</summary>
    public void Remove(in UdpAddress address, Peer peer)
    {
        lock (_places)
        {
            if (_byAddress.TryGetValue(address, out Place? place) && place.Peer == peer)
            {
                _byAddress.TryRemove(address, out _);
            }
        }
    }

    /// <summary>Removes a peer, whose addresses are removed already.</summary>
    public void Remove(Peer peer)
    {
        _byKey.TryRemove(KeyValuePair.Create(peer.Credentials.Key, peer));
        _byId.TryRemove(KeyValuePair.Create(peer.Id, peer));
    }

    private sealed class Place(Peer peer)
    {
        public Peer Peer => peer;

        public long ProvenAt { get; set; }
    }
}
