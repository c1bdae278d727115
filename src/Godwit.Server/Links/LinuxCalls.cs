using System.Runtime.InteropServices;

namespace Godwit.Server.Links;

/// <summary>The system calls of a link. Numbers are those of Linux on every architecture that .NET runs on, but PowerPC.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int Interrupted = 4, TryAgain = 11;
    public const short Readable = 1;
    public const int Inet = 2, Datagram = 2, CloseOnExec = 0x80000, NonBlocking = 0x800, ReadWrite = 2;
    public const int NewNetwork = 0x40000000;
    public const int TimerSlack = 29;

    public const uint SetTunnel = 0x400454CA;
    public const uint SetFlags = 0x8914, SetAddress = 0x8916, SetPeer = 0x8918, SetMtu = 0x8922, SetQueue = 0x8943;
    public const short Up = 1;
    public const short TunnelWithoutHeader = 0x1001;

    /// <summary>What the last call says of its failure.</summary>
    public static string LastFault => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int CreateSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, InterfaceRequest* argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* into, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* from, nuint length);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int CreateEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, nint* time, void* signals);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int SetOfThread(int option, nuint value);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int nice);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

/// <summary><c>struct ifreq</c>: the name of a device and, depending on the request, its flags, a number or an address.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct InterfaceRequest
{
    private const int NameSize = 16;

    [FieldOffset(0)]
    private fixed byte _name[NameSize];

    [FieldOffset(NameSize)]
    public short Flags;

    [FieldOffset(NameSize)]
    public int Number;

    // struct sockaddr_in: the family, a port, the address.
    [FieldOffset(NameSize)]
    public short Family;

    [FieldOffset(NameSize + 4)]
    public uint Address;

    public InterfaceRequest(ReadOnlySpan<byte> name)
    {
        fixed (byte* first = _name)
        {
            name.CopyTo(new Span<byte>(first, NameSize - 1));
        }
    }
}
