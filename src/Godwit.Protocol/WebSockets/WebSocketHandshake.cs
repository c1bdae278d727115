using System.Security.Cryptography;
using System.Text;

namespace Godwit.Protocol.WebSockets;

/// <summary>The opening handshake (RFC 6455 §4), as functions of header values. A header given more than once is passed joined with commas.</summary>
public static class WebSocketHandshake
{
    /// <summary>The only version there is: the value of <c>Sec-WebSocket-Version</c>.</summary>
    public const string Version = "13";

    /// <summary>The length of a key's text.</summary>
    public const int KeyLength = 24;

    private const int KeyOctets = 16;

    /// <summary>Checks a client's handshake, apart from the request line (§4.2.1, items 3 to 6).</summary>
    /// <param name="upgrade">The value of <c>Upgrade</c>, null if there is none; so for the others.</param>
    /// <param name="connection">The value of <c>Connection</c>.</param>
    /// <param name="key">The value of <c>Sec-WebSocket-Key</c>.</param>
    /// <param name="version">The value of <c>Sec-WebSocket-Version</c>.</param>
    /// <param name="detail">What is wrong, one sentence; empty if nothing is.</param>
    /// <returns>
    /// Null if it is a handshake. <see cref="ErrorCode.HandshakeVersion"/> for another version, to be answered with a header
    /// <c>Sec-WebSocket-Version: 13</c> (§4.4); for anything else <see cref="ErrorCode.HandshakeInvalid"/>.
    /// </returns>
    public static ErrorCode? Check(string? upgrade, string? connection, string? key, string? version, out string detail)
    {
        detail = "";
        if (!AsksForWebSocket(upgrade))
        {
            detail = "The Upgrade header does not name websocket.";
        }
        else if (!AsksForUpgrade(connection))
        {
            detail = "The Connection header does not name Upgrade.";
        }
        else if (CheckVersion(version, out detail) is { } wrong)
        {
            // Before the key, whose form other versions do not share.
            return wrong;
        }
        else if (!IsKey(key))
        {
            detail = key is null ? "There is no Sec-WebSocket-Key header." : "The Sec-WebSocket-Key is not 16 octets in base64.";
        }

        return detail.Length == 0 ? null : ErrorCode.HandshakeInvalid;
    }

    /// <summary>Checks a client's handshake over HTTP/2, apart from its pseudo-header fields: only the version is left of it (RFC 8441 §5).</summary>
    /// <param name="version">The value of <c>sec-websocket-version</c>, null if there is none.</param>
    /// <param name="detail">What is wrong, one sentence; empty if nothing is.</param>
    /// <returns>As <see cref="Check"/>.</returns>
    public static ErrorCode? CheckVersion(string? version, out string detail)
    {
        detail = version switch
        {
            null => "There is no Sec-WebSocket-Version header.",
            Version => "",
            _ => "The Sec-WebSocket-Version is not 13.",
        };
        return version switch
        {
            null => ErrorCode.HandshakeInvalid,
            Version => null,
            _ => ErrorCode.HandshakeVersion,
        };
    }

    /// <summary>Whether an <c>Upgrade</c> header asks for <c>websocket</c>, in any case (§4.2.1 item 3).</summary>
    public static bool AsksForWebSocket(string? upgrade) => Lists(upgrade, "websocket");

    /// <summary>Whether a <c>Connection</c> header lists <c>Upgrade</c>, in any case (§4.2.1 item 4).</summary>
    public static bool AsksForUpgrade(string? connection) => Lists(connection, "upgrade");

    /// <summary>Whether a text is a <c>Sec-WebSocket-Key</c>: base64 of 16 octets (§4.2.1 item 5).</summary>
    public static bool IsKey(string? key)
    {
        // With the length fixed, white space (which the conversion skips) would leave fewer than 16 octets.
        Span<byte> octets = stackalloc byte[KeyOctets + 2];
        return key is { Length: KeyLength } && Convert.TryFromBase64String(key, octets, out int length) && length == KeyOctets;
    }

    /// <summary>Draws a <c>Sec-WebSocket-Key</c> for a client (§4.1 item 7).</summary>
    public static string NewKey()
    {
        Span<byte> octets = stackalloc byte[KeyOctets];
        RandomNumberGenerator.Fill(octets);
        return Convert.ToBase64String(octets);
    }

    /// <summary>Computes the <c>Sec-WebSocket-Accept</c> that proves a server read the key (§4.2.2 item 5.4).</summary>
    /// <exception cref="ArgumentException">The text is not a key.</exception>
    public static string Accept(string key)
    {
        if (!IsKey(key))
        {
            throw new ArgumentException("A Sec-WebSocket-Key is 16 octets in base64.", nameof(key));
        }

        ReadOnlySpan<byte> suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;
        Span<byte> text = stackalloc byte[KeyLength + suffix.Length];
        Encoding.ASCII.GetBytes(key, text);
        suffix.CopyTo(text[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(text, hash);
        return Convert.ToBase64String(hash);
    }

    private static bool Lists(ReadOnlySpan<char> header, string token)
    {
        foreach (Range item in header.Split(','))
        {
            if (header[item].Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
