namespace Godwit.Protocol.WebSockets;

/// <summary>The rules for close codes.</summary>
public static class WebSocketCloseCodeExtensions
{
    /// <summary>Whether a close frame may carry this code (RFC 6455 §7.4): 1000–1003, 1007–1014 and 3000–4999.</summary>
    public static bool MayBeSent(this WebSocketCloseCode code) =>
        (ushort)code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
