using System.Runtime.InteropServices;

namespace Godwit.Bench.Generator;

/// <summary>A reader's end of TLS, by OpenSSL on the reader's socket. It trusts any certificate: what is measured is the server.</summary>
internal sealed partial class TlsSession : IDisposable
{
    private const int WantRead = 2, WantWrite = 3, ZeroReturn = 6;
    private const int SetMode = 33, ReleaseBuffers = 0x10;

    // One for all sessions, as long as the program runs.
    private static readonly Lazy<nint> s_context = new(static () =>
    {
        nint context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_ctrl(context, SetMode, ReleaseBuffers, 0);
        return context;
    });

    private readonly nint _session;

    public TlsSession(int descriptor)
    {
        _session = SSL_new(s_context.Value);
        if (_session == 0 || SSL_set_fd(_session, descriptor) != 1)
        {
            throw new BenchFault("OpenSSL could not make a session.");
        }

        SSL_set_connect_state(_session);
    }

    /// <summary>Whether OpenSSL's library is there.</summary>
    public static bool IsSupported => NativeLibrary.TryLoad("libssl.so.3", out _);

    /// <summary>Whether the handshake is through.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Goes on with the handshake by what has arrived.</summary>
    public void Shake()
    {
        int result = SSL_do_handshake(_session);
        IsOpen = result == 1;
        if (!IsOpen && SSL_get_error(_session, result) is not (WantRead or WantWrite) and var error)
        {
            throw new BenchFault($"A TLS handshake failed: OpenSSL's error {error}.");
        }
    }

    /// <summary>Sends a short message whole.</summary>
    public unsafe void Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            if (SSL_write(_session, first, bytes.Length) != bytes.Length)
            {
                throw new IOException("A request could not be sent over TLS.");
            }
        }
    }

    /// <summary>Octets received, 0 at the end of the stream, or a negative errno, as <see cref="Linux.Receive"/> has them.</summary>
    public unsafe int Receive(Span<byte> into)
    {
        int total = 0;
        fixed (byte* first = into)
        {
            // Each call brings one record at most. What OpenSSL has read and not given would wait for the next event.
            while (total < into.Length)
            {
                int count = SSL_read(_session, first + total, into.Length - total);
                if (count <= 0)
                {
                    int error = SSL_get_error(_session, count);
                    return total > 0 ? total : error is WantRead or WantWrite ? -Linux.TryAgain : error == ZeroReturn ? 0 : -Linux.ConnectionReset;
                }

                total += count;
            }
        }

        return total;
    }

    public void Dispose() => SSL_free(_session);

#pragma warning disable IDE1006 // the names are the library's
    [LibraryImport("libssl.so.3")]
    private static partial nint TLS_client_method();

    [LibraryImport("libssl.so.3")]
    private static partial nint SSL_CTX_new(nint method);

    [LibraryImport("libssl.so.3")]
    private static partial long SSL_CTX_ctrl(nint context, int command, long argument, nint pointer);

    [LibraryImport("libssl.so.3")]
    private static partial nint SSL_new(nint context);

    [LibraryImport("libssl.so.3")]
    private static partial int SSL_set_fd(nint session, int descriptor);

    [LibraryImport("libssl.so.3")]
    private static partial void SSL_set_connect_state(nint session);

    [LibraryImport("libssl.so.3")]
    private static partial int SSL_do_handshake(nint session);

    [LibraryImport("libssl.so.3")]
    private static unsafe partial int SSL_read(nint session, byte* into, int length);

    [LibraryImport("libssl.so.3")]
    private static unsafe partial int SSL_write(nint session, byte* from, int length);

    [LibraryImport("libssl.so.3")]
    private static partial int SSL_get_error(nint session, int result);

    [LibraryImport("libssl.so.3")]
    private static partial void SSL_free(nint session);
#pragma warning restore IDE1006
}
