using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>The opening handshake from the client's side: RFC 6455 §4.1 over HTTP/1.1, RFC 8441 §5 over HTTP/2.</summary>
internal static class WebSocketHandshake
{
    /// <summary>Asks to go on in the WebSocket protocol, with a subprotocol if one is given. The wire is null if the server refused; then the answer holds why.</summary>
    /// <exception cref="ContractException">The server agreed in a way that the RFCs do not allow.</exception>
    public static async Task<(WebSocketWire? Wire, HttpResponseMessage Answer)> ConnectAsync(ProbeConnection connection, Uri address, ProbeCarrier carrier, string? subprotocol = null, CancellationToken cancel = default)
    {
        string? key = carrier.IsHttp2 ? null : Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        using HttpRequestMessage request = key is null ? Connect(address) : Upgrade(address, key);
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        if (subprotocol is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", subprotocol);
        }

        HttpResponseMessage answer = await connection.SendAsync(request, cancel).ConfigureAwait(false);
        if (answer.StatusCode != (key is null ? HttpStatusCode.OK : HttpStatusCode.SwitchingProtocols))
        {
            return (null, answer);
        }

        // Over HTTP/2 it means nothing (RFC 8441, section 5): HAProxy passes on that of its own handshake with the server.
        if (key is not null && Header(answer, "Sec-WebSocket-Accept") != Accept(key))
        {
            throw new ContractException("Sec-WebSocket-Accept does not belong to the key.", answer.Headers.ToString());
        }

        if (!string.Equals(Header(answer, "Upgrade"), key is null ? null : "websocket", StringComparison.OrdinalIgnoreCase)
            || !string.Equals(Header(answer, "Connection"), key is null ? null : "upgrade", StringComparison.OrdinalIgnoreCase)
            || Header(answer, "Sec-WebSocket-Extensions") is not null || Header(answer, "Sec-WebSocket-Protocol") != subprotocol)
        {
            throw new ContractException("The headers of the answer are not what was asked for.", answer.Headers.ToString());
        }

        return (new WebSocketWire(await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false)), answer);
    }

    private static HttpRequestMessage Upgrade(Uri address, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", key);
        return request;
    }

    private static HttpRequestMessage Connect(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Connect, address);
        request.Headers.Protocol = "websocket";
        return request;
    }

    /// <summary>What <c>Sec-WebSocket-Accept</c> must be for a key.</summary>
    public static string Accept(string key)
    {
        // RFC 6455 §1.3 fixes both the value and the hash.
#pragma warning disable CA5350
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : null;
}
