using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.WebRtc.Ice;

namespace Godwit.WebRtc.Client;

/// <summary>The ports that clients of this process have left of late.</summary>
/// <remarks>A server takes what comes from the address of a client that left without a word for that client's yet, as long as it may only be silent.</remarks>
internal sealed class RecentPorts(TimeProvider time)
{
    /// <summary>Those of the clients of this process.</summary>
    public static readonly RecentPorts Shared = new(TimeProvider.System);

    // As many ports are tried for one that no client has just left.
    private const int MostUnfit = 8;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(CheckedPaths.Quiet * 1.5);

    private readonly ConcurrentDictionary<int, long> _leftAt = new();

    /// <summary>Binds a socket to a port that none has just left, or to one that the system gives where those are what it has.</summary>
    public Socket Bind(Func<AddressFamily, Socket> sockets, IPAddress at)
    {
        Socket? bound = null;
        var unfit = new List<Socket>();
        try
        {
            while (bound is null)
            {
                Socket socket = sockets(at.AddressFamily);
                try
                {
                    socket.Bind(new IPEndPoint(at, 0));
                }
                catch (SocketException) when (unfit.Count > 0)
                {
                    socket.Dispose();
                    bound = unfit[^1];
                    break;
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }

                if (unfit.Count == MostUnfit || !Has(PortOf(socket)))
                {
                    bound = socket;
                }
                else
                {
                    unfit.Add(socket);
                }
            }

            return bound;
        }
        finally
        {
            unfit.Remove(bound!);
            unfit.ForEach(static socket => socket.Dispose());
        }
    }

    /// <summary>Closes a socket, and remembers its port.</summary>
    public void Close(Socket socket)
    {
        try
        {
            Leave(PortOf(socket));
        }
        catch (ObjectDisposedException)
        {
            return; // It has been closed already.
        }

        socket.Dispose();
    }

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

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
