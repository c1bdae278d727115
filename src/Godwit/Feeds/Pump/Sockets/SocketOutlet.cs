using System.Net.Sockets;

namespace Godwit.Feeds.Pump.Sockets;

/// <summary>The socket lane: the shard sends on the socket itself, without waiting.</summary>
/// <remarks>
/// The ownership rule, which makes the bare descriptor safe: only the shard's worker sends, and only while the connection
/// has not ended; the socket is closed only after <see cref="Connection.Ended"/> and after its receiving side has ended. So
/// nobody sends on a descriptor that may belong to another connection by then. The rest of a cut frame goes out behind the
/// shard's back, and nothing is wrong with that: meanwhile the outlet is full, and a connection whose outlet is full does not
/// end. <see cref="Abort"/> shuts the connection down and closes nothing, so any thread may call it.
/// </remarks>
internal class SocketOutlet : Outlet
{
    // The kernel doubles it, for its own accounts of what is kept. Its own adaptation ends at some megabytes, which a client
    // that acknowledges slowly on purpose could have it keep.
    private const int SendBuffer = 128 << 10;
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

            SendQueue.Bound(socket);
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
            _ => -1,
        };
    }

    /// <inheritdoc/>
    protected override void WriteRest(byte[] rest) => new Rest(this, rest).Send();

    /// <summary>The rest of a cut frame on its way. Of its own, since what a socket sends by itself leaves its state with the socket for as long as that lives.</summary>
    private sealed class Rest : SocketAsyncEventArgs
    {
        private readonly SocketOutlet _outlet;
        private readonly int _length;

        public Rest(SocketOutlet outlet, byte[] rest)
            : base(true)
        {
            (_outlet, _length) = (outlet, rest.Length);
            SetBuffer(rest, 0, Math.Min(Piece, _length));
        }

        /// <summary>Sends until nothing is left, or a piece has to wait.</summary>
        public void Send()
        {
            bool isPending;
            do
            {
                try
                {
                    isPending = _outlet.Socket.SendAsync(this);
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                {
                    End(isSent: false);
                    return;
                }
            }
            while (!isPending && Advance());
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            if (Advance())
            {
                Send();
            }
        }

        /// <summary>Turns to what is left, if a piece was sent and was not the last.</summary>
        private bool Advance()
        {
            int sent = Offset + BytesTransferred;
            if (SocketError != SocketError.Success || BytesTransferred == 0 || sent == _length)
            {
                End(isSent: sent == _length);
                return false;
            }

            SetBuffer(sent, Math.Min(Piece, _length - sent));
            _outlet.Progressed();
            return true;
        }

        private void End(bool isSent)
        {
            Dispose();
            if (!isSent)
            {
                // The client is gone, or was cut off. The receiving side sees the end of it and has the shard let go.
                _outlet.Abort();
            }

            _outlet.Drained();
        }
    }
}
