using System.Net.Sockets;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>A connection that was accepted and has sent nothing yet: one pending receive of no octets.</summary>
/// <remarks>
/// A receive of the socket's own would leave its state with the socket for as long as that lives, on whichever lane. Nothing
/// has to take this one back when the connection is given to the web server without a word: it takes no octets, so it ends
/// unnoticed when some come.
/// </remarks>
internal sealed class Arrival(Socket socket, long since, Action<Arrival> onReadable) : SocketAsyncEventArgs(true)
{
    private int _isTaken;

    /// <summary>The socket.</summary>
    public Socket Socket => socket;

    /// <summary>A timestamp of when it was accepted.</summary>
    public long Since => since;

    /// <summary>Its place among those that wait.</summary>
    public LinkedListNode<Arrival>? Place { get; set; }

    /// <summary>Whether whoever asks is the first to, and so decides what becomes of the socket.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Begins to wait.</summary>
    public void Wait()
    {
        if (!socket.ReceiveAsync(this))
        {
            OnCompleted(this);
        }
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (TryTake())
        {
            onReadable(this);
        }

        Dispose();
    }
}
