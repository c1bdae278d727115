namespace Godwit.Limits;

/// <summary>The limits, as <c>godwit.limits.hit</c> names them.</summary>
internal static class LimitNames
{
    public const string Requests = "requests";
    public const string Publishes = "publishes";
    public const string RoomPublishes = "room_publishes";
    public const string NewRooms = "new_rooms";
    public const string Sessions = "sessions";
    public const string HeldExchanges = "held_exchanges";
    public const string SessionRooms = "session_rooms";
    public const string Hello = "hello";
    public const string Bodies = "bodies";
    public const string Orders = "orders";
    public const string Tickets = "tickets";
    public const string Memberships = "memberships";
    public const string Attempts = "attempts";
    public const string AddressConnections = "address_connections";
    public const string Connections = "connections";
    public const string Descriptors = "descriptors";
}
