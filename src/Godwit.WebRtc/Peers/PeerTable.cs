using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Peers;

/// <summary>The peers of a UDP port, by what their datagrams show: the fragment in a check, and the address of one that was proven.</summary>
internal sealed class PeerTable
{
    private readonly ConcurrentDictionary<ulong, Peer> _byKey = new();
    private readonly ConcurrentDictionary<UdpAddress, Peer> _byAddress = new();
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
    public bool TryFind(in UdpAddress address, [NotNullWhen(true)] out Peer? peer) => _byAddress.TryGetValue(address, out peer);

    /// <summary>Finds a peer by its name.</summary>
    public bool TryFind(UInt128 id, [NotNullWhen(true)] out Peer? peer) => _byId.TryGetValue(id, out peer);

    /// <summary>Notes that an address is a peer's. Whoever was there before is gone from it: a check has just proven that.</summary>
    public void Set(in UdpAddress address, Peer peer) => _byAddress[address] = peer;

    /// <summary>An address is a peer's no more.</summary>
    public void Remove(in UdpAddress address, Peer peer) => _byAddress.TryRemove(KeyValuePair.Create(address, peer));

    /// <summary>Removes a peer, whose addresses are removed already.</summary>
    public void Remove(Peer peer)
    {
        _byKey.TryRemove(KeyValuePair.Create(peer.Credentials.Key, peer));
        _byId.TryRemove(KeyValuePair.Create(peer.Id, peer));
    }
}
