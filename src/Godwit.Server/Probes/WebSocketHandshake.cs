using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>The opening handshake of RFC 6455 §4.1 from the client's side.</summary>
internal static class WebSocketHandshake
{
    /// <summary>Asks for the upgrade. The wire is null if the server refused; then the answer holds why.</summary>
    /// <exception cref="ContractException">The server agreed in a way that RFC 6455 does not allow.</exception>
    public static async Task<(WebSocketWire? Wire, HttpResponseMessage Answer)> ConnectAsync(ProbeConnection connection, Uri address, CancellationToken cancel)
    {
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", key);
        HttpResponseMessage answer = await connection.SendAsync(request, cancel).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            return (null, answer);
        }

        string headers = answer.Headers.ToString();
        if (Header(answer, "Sec-WebSocket-Accept") != Accept(key))
        {
            throw new ContractException("Sec-WebSocket-Accept does not belong to the key.", headers);
        }

        if (!string.Equals(Header(answer, "Upgrade"), "websocket", StringComparison.OrdinalIgnoreCase)
            || !string.Equals(Header(answer, "Connection"), "upgrade", StringComparison.OrdinalIgnoreCase)
            || Header(answer, "Sec-WebSocket-Extensions") is not null || Header(answer, "Sec-WebSocket-Protocol") is not null)
        {
            throw new ContractException("The headers of the upgrade are not what was asked for.", headers);
        }

        return (new WebSocketWire(await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false)), answer);
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
