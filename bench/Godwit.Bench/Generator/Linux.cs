using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Bench.Generator;

/// <summary>The system calls of the load generator: sockets and epoll without anything in between.</summary>
internal static unsafe partial class Linux
{
    public const uint EpollIn = 0x1, EpollOut = 0x4, EpollError = 0x8, EpollHangUp = 0x10;
    public const int Interrupted = 4, TryAgain = 11, ConnectionReset = 104, InProgress = 115;

    private const int Add = 1, Remove = 2, Modify = 3;
    private const int Inet = 2, Stream = 1, NonBlocking = 0x800, CloseOnExec = 0x80000;
    private const int SocketLevel = 1, SocketError = 4, SocketReceiveBuffer = 8, SocketLinger = 13, TcpLevel = 6, NoDelay = 1, TcpState = 11;
    private const int NoSignal = 0x4000;

    /// <summary>struct epoll_event is packed on x86-64 alone.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int TagAt = EventSize - 8;

    /// <summary>A non-blocking TCP socket on which a connection to a loopback port is under way.</summary>
    /// <param name="port">The port.</param>
    /// <param name="receiveBuffer">Octets of its receive buffer; 0 for the kernel's own choice.</param>
    public static int Connect(int port, int receiveBuffer = 0)
    {
        int descriptor = socket(Inet, Stream | NonBlocking | CloseOnExec, 0);
        Check(descriptor, "socket");
        int on = 1;
        Check(setsockopt(descriptor, TcpLevel, NoDelay, &on, sizeof(int)), "setsockopt");
        // Closing resets: thousands of sockets in TIME_WAIT would be kernel memory that the next measurement sees.
        int* linger = stackalloc int[] { 1, 0 };
        Check(setsockopt(descriptor, SocketLevel, SocketLinger, linger, 2 * sizeof(int)), "setsockopt");

        if (receiveBuffer > 0)
        {
            Check(setsockopt(descriptor, SocketLevel, SocketReceiveBuffer, &receiveBuffer, sizeof(int)), "setsockopt");
        }

        byte* address = stackalloc byte[16];
        new Span<byte>(address, 16).Clear();
        *(ushort*)address = Inet;
        address[2] = (byte)(port >> 8);
        address[3] = (byte)port;
        address[4] = 127;
        address[7] = 1;
        if (connect(descriptor, address, 16) < 0 && Marshal.GetLastPInvokeError() != InProgress)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "connect");
        }

        return descriptor;
    }

    /// <summary>Why connecting failed; 0 when it did not.</summary>
    public static int ConnectError(int descriptor)
    {
        int error = 0;
        int size = sizeof(int);
        Check(getsockopt(descriptor, SocketLevel, SocketError, &error, &size), "getsockopt");
        return error;
    }

    /// <summary>Whether neither end has ended the connection.</summary>
    public static bool IsEstablished(int descriptor)
    {
        byte state = 0; // the first octet of struct tcp_info; 1 is TCP_ESTABLISHED
        int size = 1;
        return getsockopt(descriptor, TcpLevel, TcpState, &state, &size) == 0 && state == 1;
    }

    public static int CreatePoller()
    {
        int poller = epoll_create1(CloseOnExec);
        Check(poller, "epoll_create1");
        return poller;
    }

    public static void Watch(int poller, int descriptor, uint events, int tag) => Control(poller, Add, descriptor, events, tag);

    public static void Rewatch(int poller, int descriptor, uint events, int tag) => Control(poller, Modify, descriptor, events, tag);

    public static void Unwatch(int poller, int descriptor) => Control(poller, Remove, descriptor, 0, 0);

    /// <summary>Waits for events; 0 when the time is up or a signal came.</summary>
    public static int Wait(int poller, Span<byte> events, int milliseconds)
    {
        fixed (byte* first = events)
        {
            int count = epoll_wait(poller, first, events.Length / EventSize, milliseconds);
            if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                return 0;
            }

            Check(count, "epoll_wait");
            return count;
        }
    }

    public static (uint Events, int Tag) Event(ReadOnlySpan<byte> events, int index)
    {
        ReadOnlySpan<byte> one = events.Slice(index * EventSize, EventSize);
        return (MemoryMarshal.Read<uint>(one), MemoryMarshal.Read<int>(one[TagAt..]));
    }

    /// <summary>Octets received, 0 at the end of the stream, or a negative errno.</summary>
    public static int Receive(int descriptor, Span<byte> into)
    {
        fixed (byte* first = into)
        {
            nint count = recv(descriptor, first, (nuint)into.Length, 0);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends all of a message. A full socket, which only a large batch meets, is waited for.</summary>
    public static void Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* first = bytes)
            {
                nint count = send(descriptor, first, (nuint)bytes.Length, NoSignal);
                if (count < 0 && Marshal.GetLastPInvokeError() == TryAgain)
                {
                    WaitForRoom(descriptor);
                    continue;
                }

                Check((int)count, "send");
                bytes = bytes[(int)count..];
            }
        }
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    public static void Terminate(int process) => _ = kill(process, 15);

    /// <summary>Waits until what was written to a file is on the disk, as SQLite does.</summary>
    public static void SyncData(SafeFileHandle file) => Check(fdatasync(file), "fdatasync");

    /// <summary>Waits until so long after a time stamp of <see cref="System.Diagnostics.Stopwatch"/>, which counts nanoseconds of the monotonic clock here.</summary>
    public static void SleepUntil(long began, TimeSpan time)
    {
        long at = began + (long)(time.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
        long* until = stackalloc long[] { at / 1_000_000_000, at % 1_000_000_000 };
        while (clock_nanosleep(1, 1, until, null) == Interrupted)
        {
        }
    }

    /// <summary>Drops what the system keeps of a file in memory, so that it is read from the disk again.</summary>
    public static void ForgetCached(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite);
        RandomAccess.FlushToDisk(file); // what is not on the disk yet would stay
        int error = posix_fadvise(file, 0, 0, 4);
        if (error != 0)
        {
            throw new Win32Exception(error, "posix_fadvise");
        }
    }

    private static void WaitForRoom(int descriptor)
    {
        long waiting = (uint)descriptor | ((long)EpollOut << 32); // struct pollfd; POLLOUT is EPOLLOUT
        if (poll(&waiting, 1, 10_000) == 0)
        {
            throw new IOException("A server took nothing of a request for 10 s.");
        }
    }

    private static void Control(int poller, int operation, int descriptor, uint events, int tag)
    {
        Span<byte> one = stackalloc byte[EventSize];
        MemoryMarshal.Write(one, events);
        MemoryMarshal.Write(one[TagAt..], (long)tag);
        fixed (byte* first = one)
        {
            Check(epoll_ctl(poller, operation, descriptor, first), "epoll_ctl");
        }
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

#pragma warning disable IDE1006 // the names are the C library's
    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, byte* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int name, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int name, void* value, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* into, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* from, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int poller, int operation, int descriptor, byte* one);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int poller, byte* events, int count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(long* first, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    // Gives the error itself.
    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, long* until, long* rest);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
#pragma warning restore IDE1006
}
