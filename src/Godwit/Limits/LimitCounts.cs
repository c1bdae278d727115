using System.Diagnostics.Metrics;

namespace Godwit.Limits;

/// <summary>Counts how often limits were hit: <c>godwit.limits.hit</c>, by the limit.</summary>
internal static class LimitCounts
{
    public const string Publishes = "publishes";
    public const string RoomPublishes = "room_publishes";
    public const string NewRooms = "new_rooms";
    public const string Sessions = "sessions";
    public const string HeldExchanges = "held_exchanges";
    public const string SessionRooms = "session_rooms";
    public const string Hello = "hello";
    public const string Attempts = "attempts";
    public const string AddressConnections = "address_connections";
    public const string Connections = "connections";
    public const string Descriptors = "descriptors";

    private static readonly Meter Meter = new("Godwit");
    private static readonly Counter<long> Hits = Meter.CreateCounter<long>("godwit.limits.hit", "{hit}", "How often a limit was hit, by the limit.");

    /// <summary>A limit was hit.</summary>
    public static void Hit(string limit) => Hits.Add(1, new KeyValuePair<string, object?>("limit", limit));
}
