using System.Net;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>The socket lane of an application: which end points have it, and how many connections are on it.</summary>
/// <remarks>It is asked for while the web server is being set up, so it depends on nothing.</remarks>
internal sealed class SocketLane : IDisposable
{
    private readonly List<EndPoint> _endPoints = [];
    private readonly CancellationTokenSource _cutting = new();
    private long _arriving;
    private long _open;

    /// <summary>Makes a lane that no end point has yet.</summary>
    public SocketLane() => Cutting = _cutting.Token;

    /// <summary>Connections that were accepted and have not sent a request yet; the web server does not know of them.</summary>
    public long Arriving => Interlocked.Read(ref _arriving);

    /// <summary>Connections that the web server has let go of.</summary>
    public long Open => Interlocked.Read(ref _open);

    /// <summary>Nobody is waited for any more.</summary>
    public CancellationToken Cutting { get; }

    /// <summary>Gives an end point the lane.</summary>
    public void Add(EndPoint endPoint)
    {
        lock (_endPoints)
        {
            _endPoints.Add(endPoint);
        }
    }

    /// <summary>Whether an end point has the lane.</summary>
    /// <remarks>
    /// Where a port is given the address names the end point; where one is to be found, several can look alike. Kestrel
    /// makes two of <c>localhost</c>, of which only the first was known here.
    /// </remarks>
    public bool Has(EndPoint endPoint)
    {
        lock (_endPoints)
        {
            return _endPoints.Exists(known => ReferenceEquals(known, endPoint) || IsSame(known, endPoint));
        }
    }

    /// <summary>A connection was accepted.</summary>
    public void OnArriving() => Interlocked.Increment(ref _arriving);

    /// <summary>It has sent something, or was given to the web server without.</summary>
    public void OnArrived() => Interlocked.Decrement(ref _arriving);

    /// <summary>The web server has let go of a connection.</summary>
    public void OnDetached() => Interlocked.Increment(ref _open);

    /// <summary>Its socket is closed.</summary>
    public void OnClosed() => Interlocked.Decrement(ref _open);

    /// <summary>Cuts off those who are waited for to answer a close frame.</summary>
    public void Cut() => _cutting.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _cutting.Dispose();

    private static bool IsSame(EndPoint known, EndPoint endPoint) => (known, endPoint) switch
    {
        (IPEndPoint { Port: 0 }, _) => false,
        (IPEndPoint one, IPEndPoint other) => one.Equals(other) || (one.Port == other.Port && IPAddress.Loopback.Equals(one.Address) && IPAddress.IPv6Loopback.Equals(other.Address)),
        _ => known.Equals(endPoint),
    };
}
