using System.Collections.Concurrent;
using Godwit.WebRtc.Ice;

namespace Godwit.WebRtc.Client;

/// <summary>The ports that clients of this process have left of late.</summary>
/// <remarks>A server takes what comes from the address of a client that left without a word for that client's yet, as long as it may only be silent.</remarks>
internal sealed class RecentPorts(TimeProvider time)
{
    /// <summary>Those of the clients of this process.</summary>
    public static readonly RecentPorts Shared = new(TimeProvider.System);

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(CheckedPaths.Quiet * 1.5);

    private readonly ConcurrentDictionary<int, long> _leftAt = new();

    /// <summary>Whether a server may still take it for another's.</summary>
    public bool Has(int port)
    {
        if (!_leftAt.TryGetValue(port, out long at))
        {
            return false;
        }

        if (time.GetElapsedTime(at) < Rest)
        {
            return true;
        }

        _leftAt.TryRemove(KeyValuePair.Create(port, at));
        return false;
    }

    /// <summary>Notes that a client leaves it.</summary>
    public void Leave(int port) => _leftAt[port] = time.GetTimestamp();
}
