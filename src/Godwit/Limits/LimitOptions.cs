namespace Godwit.Limits;

/// <summary>What clients may ask of this server in a time, and how much of some things they may have. Rates hold for all servers that share a store; the other limits are of this server alone.</summary>
/// <remarks>Nothing here counts for local requests while access is not configured, for API keys, or for an application's own <see cref="Rooms.RoomPublisher"/>.</remarks>
public sealed class LimitOptions
{
    /// <summary>How often one user, or everyone without a name at one address together, sends a request, a message or a frame, whatever it asks for; 16 KiB that a WebSocket brings count as one more.</summary>
    /// <value>1,000 a second and 2,000 at once by default; null is no limit. What is above it waits its turn: a WebSocket is read more slowly, a request is answered later, and one that would wait for more than 5 s is refused with <c>requests.rate</c>. Who calls from this machine without a name is not counted.</value>
    public Rate? Requests { get; set; } = new Rate(1_000, 2_000);

    /// <summary>How often one user publishes, or everyone without a name at one address together.</summary>
    /// <value>50 a second and 200 at once by default; null is no limit. What is above it is refused with <c>publish.rate</c>.</value>
    public Rate? Publishes { get; set; } = new Rate(50, 200);

    /// <summary>How often is published to one room, by whomever.</summary>
    /// <value>5,000 a second and at once by default; null is no limit. What is above it is refused with <c>room.rate</c>.</value>
    public Rate? RoomPublishes { get; set; } = new Rate(5_000, 5_000);

    /// <summary>How often one user, or everyone without a name at one address together, reads rooms that the store does not know, each of which makes a record there.</summary>
    /// <value>10 a second and 100 at once by default; null is no limit. What is above it is refused with <c>rooms.rate</c>. Rooms that are there are never refused.</value>
    public Rate? NewRooms { get; set; } = new Rate(10, 100);

    /// <summary>The sessions that one user has connected.</summary>
    /// <value>1 to 1,000,000; 100 by default; null is no limit. One more is refused with <c>sessions.limit</c>.</value>
    public int? Sessions { get; set; } = 100;

    /// <summary>The memberships of one user, or of everyone without a name at one address together: its sessions in rooms that keep a list of their members.</summary>
    /// <value>1 to 1,000,000; 5,000 by default; null is no limit. One more is refused with <c>presence.limit</c>; the room is read all the same. Of one room a caller has a tenth of the places, and at least 100. Who calls from this machine without a name is not counted.</value>
    public int? Memberships { get; set; } = 5_000;

    /// <summary>The exchanges of one session that are held for one room.</summary>
    /// <value>1 to 1,000; 2 by default; null is no limit. When one more comes the oldest is answered.</value>
    public int? HeldExchanges { get; set; } = 2;
}
