using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>A publish stream over HTTP/1.1 whose answer is read while the request goes on, which the platform's client does not do.</summary>
internal sealed class PublishStreamProbe(ProbeTarget target) : IAsyncDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StringBuilder _received = new();
    private readonly byte[] _buffer = new byte[4 << 10];
    private Stream? _stream;

    /// <summary>Sends a piece of the body; the head before the first.</summary>
    public async Task SendAsync(string piece, CancellationToken cancel)
    {
        string head = "";
        if (_stream is null)
        {
            await ConnectAsync(cancel).ConfigureAwait(false);
            Uri address = target.PublishAddress;
            head = $"POST {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
                + string.Concat(target.Headers.Select(static header => $"{header.Key}: {header.Value}\r\n")) + "\r\n";
        }

        await _stream!.WriteAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{head}{Encoding.UTF8.GetByteCount(piece):x}\r\n{piece}\r\n")), cancel).ConfigureAwait(false);
        await _stream.FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Everything received, head and framing included, once it has a text in it.</summary>
    /// <exception cref="IOException">The connection ended before.</exception>
    public async Task<string> ReadUntilAsync(string text, CancellationToken cancel)
    {
        while (true)
        {
            string received = _received.ToString();
            int found = received.IndexOf(text, StringComparison.Ordinal);
            if (found >= 0 && received.IndexOf('\n', found) >= 0)
            {
                return received;
            }

            int octets = await _stream!.ReadAsync(_buffer, cancel).ConfigureAwait(false);
            if (octets == 0)
            {
                throw new IOException($"the connection ended after: {received.Split('\r')[0]}");
            }

            _received.Append(Encoding.UTF8.GetString(_buffer, 0, octets));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_stream?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
        _socket.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        Uri mount = target.Mount;
        await _socket.ConnectAsync(target.Through ?? new DnsEndPoint(mount.Host.Trim('[', ']'), mount.Port), cancel).ConfigureAwait(false);
        if (mount.Scheme != "https")
        {
            _stream = new NetworkStream(_socket, ownsSocket: false);
            return;
        }

        var tls = new SslStream(new NetworkStream(_socket, ownsSocket: false), leaveInnerStreamOpen: false, (_, shown, chain, faults) => target.Carrier.WhyNot(shown, chain, faults) is null);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = mount.Host, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancel).ConfigureAwait(false);
    }
}
