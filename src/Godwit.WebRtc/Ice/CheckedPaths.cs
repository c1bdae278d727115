using System.Diagnostics.CodeAnalysis;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Ice;

/// <summary>The addresses of a peer that checks have proven, and the one that is sent to. Under the peer's lock.</summary>
internal sealed class CheckedPaths
{
    /// <summary>The most that are kept; a browser with many interfaces checks from each.</summary>
    public const int Most = 8;

    /// <summary>After how long without a check an address is not sent to any more, if checks come from another: two of the intervals of RFC 7675.</summary>
    public const long Quiet = 10_000;

    private readonly List<UdpPath> _paths = new(1);

    /// <summary>What is sent to; null before the first check.</summary>
    public UdpPath? Selected { get; private set; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<UdpPath> All => _paths;

    /// <summary>Finds the path of an address.</summary>
    public bool TryFind(in UdpAddress address, [NotNullWhen(true)] out UdpPath? path)
    {
        foreach (UdpPath one in _paths)
        {
            if (one.Address == address)
            {
                path = one;
                return true;
            }
        }

        path = null;
        return false;
    }

    /// <summary>Adds a path, and returns the one that had to go for it.</summary>
    public UdpPath? Add(UdpPath path)
    {
        UdpPath? oldest = null;
        if (_paths.Count == Most)
        {
            foreach (UdpPath one in _paths)
            {
                if (one != Selected && (oldest is null || one.CheckedAt < oldest.CheckedAt))
                {
                    oldest = one;
                }
            }

            _paths.Remove(oldest!);
        }

        _paths.Add(path);
        return oldest;
    }

    /// <summary>Counts a check from a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="now">The time.</param>
    /// <param name="isNominated">Whether the client has chosen it.</param>
    public void OnCheck(UdpPath path, long now, bool isNominated)
    {
        path.CheckedAt = now;

        // Who changed its address behind a NAT may check without nominating again.
        if (isNominated || Selected is null || now - Selected.CheckedAt >= Quiet)
        {
            Selected = path;
        }
    }
}
