using Godwit.WebRtc.Client;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Peers;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Tests.Dtls;

/// <summary>A DTLS client that is BouncyCastle's altogether, over the socket of a client peer.</summary>
internal sealed class BouncyCastleLink : IDisposable
{
    private readonly ClientPeer _client;
    private readonly HandshakeTransport _transport;
    private DtlsTransport? _link;

    public BouncyCastleLink(ClientPeer client)
    {
        _client = client;
        _transport = new HandshakeTransport(datagram => client.SendRaw(datagram.Span));
        client.Loses = datagram =>
        {
            _transport.Add(datagram);
            return true;
        };
    }

    public void Connect() => _link = new DtlsClientProtocol().Connect(new HandshakeClient(_client.Shown, _client.ServerFingerprint), _transport);

    public byte[] Echo(byte[] content)
    {
        byte[] buffer = new byte[2048];
        while (true)
        {
            _link!.Send(content, 0, content.Length);
            int length = _link.Receive(buffer, 0, buffer.Length, 200);
            if (length >= 0)
            {
                return buffer[..length];
            }
        }
    }

    public void Dispose() => _transport.Close();
}
