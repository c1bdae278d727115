using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Godwit.WebRtc.Udp;

/// <summary>Takes the datagrams that a socket has, several with one call: <c>recvmmsg(2)</c>, of Linux. For one thread, which disposes of it.</summary>
/// <remarks>
/// A flood is what comes in numbers, and most of what a datagram costs that is thrown away is the call by which it comes. What the kernel writes to is no memory of the collector's.
/// </remarks>
internal sealed unsafe partial class DatagramBatch : IDisposable
{
    /// <summary>The datagrams of a call at most.</summary>
    public const int Most = 16;

    // Of Linux, on every architecture that .NET runs on.
    private const int WaitForOne = 0x10000;
    private const int Truncated = 0x20;
    private const int NotAllowed = 1;
    private const int NotThere = 38;

    private const int NameRoom = 28; // struct sockaddr_in6

    private readonly SafeSocketHandle _socket;
    private readonly int _largest;
    private readonly Message* _messages = (Message*)NativeMemory.AllocZeroed(Most, (nuint)sizeof(Message));
    private readonly Vector* _vectors = (Vector*)NativeMemory.AllocZeroed(Most, (nuint)sizeof(Vector));
    private readonly byte* _names = (byte*)NativeMemory.AllocZeroed(Most * NameRoom);
    private readonly byte* _octets;

    /// <summary>Makes room for datagrams.</summary>
    /// <param name="socket">The socket; it blocks.</param>
    /// <param name="largest">The octets of a datagram at most; a larger one is lost.</param>
    public DatagramBatch(SafeSocketHandle socket, int largest)
    {
        _socket = socket;
        _largest = largest;
        _octets = (byte*)NativeMemory.AllocZeroed((nuint)(Most * largest));
        for (int i = 0; i < Most; i++)
        {
            _vectors[i] = new Vector { Start = _octets + (i * largest), Length = (nuint)largest };
            _messages[i].Header = new Header { Name = _names + (i * NameRoom), Vectors = _vectors + i, VectorCount = 1 };
        }
    }

    /// <summary>Whether there is such a call: not on other systems, nor where a filter of system calls forbids it.</summary>
    public static bool IsAvailable { get; private set; } = OperatingSystem.IsLinux();

    /// <summary>Waits until there is a datagram, and takes what is there; 0 where that failed, or the socket was closed.</summary>
    public int Receive()
    {
        for (int i = 0; i < Most; i++)
        {
            _messages[i].Header.NameLength = NameRoom;
        }

        int count = recvmmsg(_socket, _messages, Most, WaitForOne, null);
        if (count >= 0)
        {
            return count;
        }

        if (Marshal.GetLastPInvokeError() is NotAllowed or NotThere)
        {
            IsAvailable = false;
        }

        return 0;
    }

    /// <summary>One of the datagrams that were taken last; false for one that was too large.</summary>
    /// <param name="index">Which.</param>
    /// <param name="from">Becomes its sender.</param>
    /// <param name="datagram">Its octets, until the next call of <see cref="Receive"/>.</param>
    public bool TryGet(int index, SocketAddress from, out Span<byte> datagram)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Most, nameof(index));
        ref Message message = ref _messages[index];
        int name = (int)message.Header.NameLength;
        datagram = new Span<byte>(_octets + (index * _largest), (int)Math.Min(message.Length, (uint)_largest));
        if ((message.Header.Flags & Truncated) != 0 || name != from.Size || name > NameRoom)
        {
            return false;
        }

        new Span<byte>(_names + (index * NameRoom), name).CopyTo(from.Buffer.Span);
        return true;
    }

    /// <summary>Gives the memory back; nothing of it may be used any more.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_names);
        NativeMemory.Free(_octets);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(SafeSocketHandle socket, Message* messages, uint count, int flags, void* timeout);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct mmsghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public Header Header;
        public uint Length;
    }
}
