using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Godwit.WebRtc.Udp;

/// <summary>One address of the UDP port, and the thread that receives there.</summary>
/// <remarks>
/// A thread that blocks, since waiting otherwise would allocate for each datagram, or fail by exceptions. There is one socket
/// for each address of the machine, because a client takes answers only from where it asked, and which address a socket
/// of all addresses sends from is decided by routes.
/// </remarks>
internal sealed class UdpSocket : IDatagramSocket, IDisposable
{
    private const int KernelBuffer = 1 << 20;
    private const int StackBytes = 256 << 10;

    /// <summary>More than any datagram that we take: one that fills it may have been cut.</summary>
    private const int MaxDatagram = 2048;

    private readonly Socket _socket;
    private readonly IDatagramTaker _taker;
    private readonly Thread _thread;
    private volatile bool _isClosed;

    /// <summary>Binds a socket; nothing is received before <see cref="Start"/>.</summary>
    /// <exception cref="SocketException">The address is none of this machine, or the port is in use.</exception>
    public UdpSocket(IPEndPoint at, byte number, IDatagramTaker taker)
    {
        Number = number;
        _taker = taker;
        _socket = new Socket(at.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (at.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _socket.DualMode = false;
            }

            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                // Else one peer that is gone fails the next receive for all (SIO_UDP_CONNRESET).
                _socket.IOControl(unchecked((int)0x9800000C), [0], null);
            }

            _socket.ReceiveBufferSize = KernelBuffer;
            _socket.SendBufferSize = KernelBuffer;
            _socket.Bind(at);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _thread = new Thread(Receive, StackBytes) { IsBackground = true, Name = $"godwit udp {EndPoint}" };
    }

    /// <inheritdoc/>
    public byte Number { get; }

    /// <summary>Where it is bound.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Begins to receive.</summary>
    public void Start() => _thread.Start();

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        if (_isClosed)
        {
            return;
        }

        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // No route, or the kernel is out of memory: the datagram is lost, as any may be.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _socket.Dispose();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            return;
        }

        _thread.Join();
    }

    private void Receive()
    {
        var from = new SocketAddress(_socket.AddressFamily);
        if (DatagramBatch.IsAvailable)
        {
            ReceiveBatches(from);
        }

        ReceiveOneByOne(from);
    }

    /// <summary>Receives until the socket is closed, or the system turns out not to have the call.</summary>
    private void ReceiveBatches(SocketAddress from)
    {
        using var batch = new DatagramBatch(_socket.SafeHandle, MaxDatagram);
        try
        {
            while (!_isClosed && DatagramBatch.IsAvailable)
            {
                int count = batch.Receive();
                for (int i = 0; i < count && !_isClosed; i++)
                {
                    if (batch.TryGet(i, from, out Span<byte> datagram))
                    {
                        _taker.OnDatagram(this, datagram, from);
                    }
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed in between.
        }
    }

    private void ReceiveOneByOne(SocketAddress from)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxDatagram, pinned: true);
        while (!_isClosed)
        {
            int length;
            try
            {
                length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
            }
            catch (SocketException)
            {
                continue; // A datagram that is too large, or an earlier one that met nobody.
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            if (length < MaxDatagram)
            {
                _taker.OnDatagram(this, buffer.AsSpan(0, length), from);
            }
        }
    }
}
