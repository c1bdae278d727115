using System.Net.Sockets;

namespace Godwit.Feeds.Pump.Sockets;

/// <summary>The socket lane: the shard sends on the socket itself, without waiting.</summary>
/// <remarks>
/// The ownership rule, which makes the bare descriptor safe: only the shard's worker sends, and only while the connection
/// has not ended; the socket is closed only after <see cref="Connection.Ended"/> and after its receiving side has ended. So
/// nobody sends on a descriptor that may belong to another connection by then. <see cref="Abort"/> shuts the connection
/// down and closes nothing, so any thread may call it.
/// </remarks>
internal class SocketOutlet : Outlet
{
    private const int SendBuffer = 32 << 10;
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;

    private readonly int _descriptor;

    /// <summary>Takes a connected socket of which nothing else sends any more.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="stallLimit">How long a client may leave unacknowledged what it was sent.</param>
    public SocketOutlet(Socket socket, TimeSpan stallLimit)
    {
        Socket = socket;
        socket.Blocking = false;
        _descriptor = DescriptorSend.IsAvailable ? (int)socket.Handle : -1;
        try
        {
            // What the kernel keeps for a client that takes nothing is memory too.
            socket.SendBufferSize = SendBuffer;
            if (OperatingSystem.IsLinux() && socket.ProtocolType == ProtocolType.Tcp)
            {
                // A peer that has gone without a word is given up after that, and not after the kernel's quarter of an hour.
                int limit = (int)stallLimit.TotalMilliseconds;
                socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in limit)));
            }
        }
        catch (SocketException)
        {
            // It is gone already, which whoever receives finds out.
        }
    }

    /// <inheritdoc/>
    public override Lane Lane => Lane.Socket;

    /// <summary>The socket; whoever receives from it closes it, by the rule above.</summary>
    protected Socket Socket { get; }

    /// <inheritdoc/>
    public override void Abort()
    {
        try
        {
            // What waits in the kernel is for nobody any more: closing then resets.
            Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client was first.
        }
    }

    /// <inheritdoc/>
    protected override int Write(ReadOnlyMemory<byte> octets)
    {
        if (_descriptor >= 0)
        {
            return DescriptorSend.Send(_descriptor, octets.Span);
        }

        int sent = Socket.Send(octets.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => sent,
            SocketError.WouldBlock => 0,
            _ => throw new SocketException((int)error),
        };
    }

    /// <inheritdoc/>
    protected override void WriteRest(byte[] rest) => _ = FinishAsync(rest);

    private async Task FinishAsync(byte[] rest)
    {
        try
        {
            for (ReadOnlyMemory<byte> left = rest; left.Length > 0;)
            {
                left = left[await Socket.SendAsync(left, SocketFlags.None).ConfigureAwait(false)..];
            }
        }
        catch (Exception)
        {
            // The client is gone, or was cut off. The receiving side sees the end of it and has the shard let go.
            Abort();
        }

        Drained();
    }
}
