using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>One TCP connection at a time to each server, under an HTTP client of its own, so that all can be cut.</summary>
internal sealed class ProbeConnection : IDisposable
{
    private static int _begun;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ProbeTarget _target;
    private readonly HttpMessageInvoker _client;
    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];
    private WireTraffic? _ended = new WireTraffic();
    private long _requests;
    private int _connections;
    private int _turn;
    private bool _cut;

    public ProbeConnection(ProbeTarget target)
    {
        _target = target;

        // Not all begin at the same server.
        _turn = target.Others.Count == 0 ? 0 : Interlocked.Increment(ref _begun) & int.MaxValue;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = 1,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = (context, cancel) => ConnectAsync(context, cancel),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, chain, faults) => target.Carrier.WhyNot(shown, chain, faults) is { } why ? throw Untrusted(why) : true,
            },
        });
    }

    /// <summary>Whether <see cref="Cut"/> was called.</summary>
    public bool IsCut
    {
        get
        {
            lock (_gate)
            {
                return _cut;
            }
        }
    }

    /// <summary>What its connections have carried so far, those that have ended among them.</summary>
    public ProbeWire Carried
    {
        get
        {
            lock (_gate)
            {
                WireTraffic? traffic = _ended;
                foreach (Socket socket in _sockets)
                {
                    // One that still connects has carried nothing that can be read.
                    traffic = socket.Connected ? traffic + WireTraffic.Of(socket) : traffic;
                }

                return new ProbeWire(Interlocked.Read(ref _requests), _connections, traffic);
            }
        }
    }

    /// <summary>How many connections are open.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _sockets.Count(static socket => socket.Connected);
            }
        }
    }

    /// <summary>Sends a request with the target's headers and returns when the answer's head is there.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        Interlocked.Increment(ref _requests);
        request.RequestUri = InTurn(request.RequestUri!);
        request.Version = _target.Carrier.Version;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        foreach ((string name, string value) in _target.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        try
        {
            return await _client.SendAsync(request, cancel).ConfigureAwait(false);
        }
        catch (SocketException gone)
        {
            // The runtime's client asks a connection that it has just made for its other end, which may be gone by then.
            throw new HttpRequestException(gone.Message, gone);
        }
    }

    /// <summary>Reads a whole body as strict UTF-8.</summary>
    public static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken cancel) =>
        Text(await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false));

    /// <summary>Decodes strict UTF-8.</summary>
    public static string Text(ReadOnlySpan<byte> octets)
    {
        try
        {
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            throw new ContractException("Something else than UTF-8 was received.", Convert.ToHexString(octets));
        }
    }

    /// <summary>Aborts the connection: the server gets a reset, not an orderly end.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            AbortAll();
        }
    }

    /// <summary>Aborts what is open, as a network does that goes away; the next request makes a new connection.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            AbortAll();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        Socket socket = _target.Sockets?.Invoke() ?? new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (_target.ReceiveBuffer is { } octets)
            {
                socket.ReceiveBufferSize = octets;
            }

            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_cut, this);
                _connections++;
                _sockets.Add(socket);
            }

            await socket.ConnectAsync(_target.Through ?? context.DnsEndPoint, cancel).ConfigureAwait(false);
            return new CountedStream(this, socket);
        }
        catch
        {
            End(socket);
            socket.Dispose();
            throw;
        }
    }

    // A connection is asked what it carried before it is closed; then nobody can any more.
    private void End(Socket socket)
    {
        lock (_gate)
        {
            if (_sockets.Remove(socket) && socket.Connected)
            {
                _ended += WireTraffic.Of(socket);
            }
        }
    }

    private void AbortAll()
    {
        foreach (Socket socket in _sockets.ToArray())
        {
            End(socket);
            Abort(socket);
        }
    }

    private Uri InTurn(Uri address)
    {
        if (_target.Others.Count == 0)
        {
            return address;
        }

        int server = _turn++ % (_target.Others.Count + 1);
        Uri root = server == 0 ? _target.Mount : _target.Others[server - 1];
        return new UriBuilder(address) { Scheme = root.Scheme, Host = root.Host, Port = root.Port }.Uri;
    }

    private static AuthenticationException Untrusted(string why) => new($"The certificate is not trusted: {why}.") { Data = { [ProbeCarrier.WhyKey] = why } };

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // It was not connected yet, or had ended by itself.
        }

        socket.Dispose();
    }

    private sealed class CountedStream(ProbeConnection connection, Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                connection.End(Socket);
            }

            base.Dispose(disposing);
        }
    }
}
