using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Godwit.WebRtc.Udp;

/// <summary>Takes the datagrams that a socket has, several with one call: <c>recvmmsg(2)</c>, of Linux.</summary>
/// <remarks>A flood is what comes in numbers, and most of what a datagram costs that is thrown away is the call by which it comes.</remarks>
internal sealed unsafe partial class DatagramBatch
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
    private readonly byte[] _octets;
    private readonly byte[] _names = GC.AllocateArray<byte>(Most * NameRoom, pinned: true);
    private readonly Vector[] _vectors = GC.AllocateArray<Vector>(Most, pinned: true);
    private readonly Message[] _messages = GC.AllocateArray<Message>(Most, pinned: true);

    /// <summary>Makes room for datagrams.</summary>
    /// <param name="socket">The socket; it blocks.</param>
    /// <param name="largest">The octets of a datagram at most; a larger one is lost.</param>
    public DatagramBatch(SafeSocketHandle socket, int largest)
    {
        _socket = socket;
        _largest = largest;
        _octets = GC.AllocateUninitializedArray<byte>(Most * largest, pinned: true);
        for (int i = 0; i < Most; i++)
        {
            _vectors[i] = new Vector { Start = Address(_octets, i * largest), Length = (nuint)largest };
            _messages[i].Header = new Header { Name = Address(_names, i * NameRoom), Vectors = (Vector*)PointerTo(ref _vectors[i]), VectorCount = 1 };
        }
    }

    /// <summary>Whether there is such a call: not on other systems, nor where a filter of system calls forbids it.</summary>
    public static bool IsAvailable { get; private set; } = OperatingSystem.IsLinux();

    /// <summary>Waits until there is a datagram, and takes what is there; 0 where that failed, or the socket was closed.</summary>
    public int Receive()
    {
        foreach (ref Message message in _messages.AsSpan())
        {
            message.Header.NameLength = NameRoom;
        }

        int count = recvmmsg(_socket, (Message*)PointerTo(ref _messages[0]), Most, WaitForOne, null);
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
        ref Message message = ref _messages[index];
        int name = (int)message.Header.NameLength;
        datagram = _octets.AsSpan(index * _largest, (int)message.Length);
        if ((message.Header.Flags & Truncated) != 0 || name != from.Size)
        {
            return false;
        }

        _names.AsSpan(index * NameRoom, name).CopyTo(from.Buffer.Span);
        return true;
    }

    private static byte* Address(byte[] pinned, int at) => (byte*)PointerTo(ref pinned[at]);

    /// <summary>The address of an element of an array that is pinned for as long as it lives.</summary>
    private static void* PointerTo<T>(ref T element)
        where T : unmanaged => Unsafe.AsPointer(ref element);

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
