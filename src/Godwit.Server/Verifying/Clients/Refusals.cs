namespace Godwit.Server.Verifying.Clients;

/// <summary>Which refusals mean: later.</summary>
internal static class Refusals
{
    private static readonly HashSet<string> Temporary = new(StringComparer.Ordinal)
    {
        "store.away", "server.overloaded", "drain", "connection.stalled", "connection.overloaded", "connection.silent", "connections.rate", "connections.limit",
        "publish.rate", "room.rate", "requests.rate", "rooms.rate", "sessions.limit", "bodies.full", "body.timeout", "message.timeout",
    };

    /// <summary>Whether a client may come back with the same request.</summary>
    public static bool IsTemporary(string? code) => code is null || Temporary.Contains(code);
}
