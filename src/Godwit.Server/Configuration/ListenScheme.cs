namespace Godwit.Server.Configuration;

/// <summary>What is spoken at an address: in clear text one version of HTTP, because nothing on the wire says which.</summary>
internal enum ListenScheme
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    Http,

    /// <summary>TLS; HTTP/2 or HTTP/1.1 as the handshake agrees (ALPN).</summary>
    Https,

    /// <summary>HTTP/2 in clear text, by prior knowledge (RFC 9113 section 3.3).</summary>
    H2c,
}
