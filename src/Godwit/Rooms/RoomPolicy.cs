using Godwit.Access;

namespace Godwit.Rooms;

/// <summary>The settings of all rooms whose name matches a pattern.</summary>
public sealed record RoomPolicy
{
    private const int DefaultEntryBytes = 64 << 10;

    private readonly int? _entryBytes;

    /// <summary>Which rooms. <c>{user}</c> is any subject here, for all but <see cref="Users"/>.</summary>
    public required RoomPattern Pattern { get; init; }

    /// <summary>What everyone may do, also without a credential, once access is configured.</summary>
    /// <value><see cref="Rights.None"/> by default.</value>
    public Rights Anonymous { get; init; }

    /// <summary>What everyone may do who is known by a token or to the application, beside what their credential grants. Where the pattern has <c>{user}</c>, only that user.</summary>
    /// <value><see cref="Rights.None"/> by default.</value>
    public Rights Users { get; init; }

    /// <summary>Which entries readers are sent that do not ask otherwise.</summary>
    /// <value><see cref="Delivery.All"/> by default. With <see cref="Delivery.Latest"/> only the newest entry matters, as for a price or a place on a map; the log is the same. An entry then has to fit one packet of a data channel, see <see cref="EntryBytes"/>.</value>
    public Delivery Delivery { get; init; }

    /// <summary>Whether the room keeps a list of its members.</summary>
    public PresencePolicy Presence { get; init; } = new();

    /// <summary>How long entries are kept.</summary>
    public Retention Retention { get; init; } = new();

    /// <summary>The largest entry, in octets of stored JSON text or raw data.</summary>
    /// <value>
    /// 1 octet to 1 MiB; 64 KiB by default. A larger one is refused with <c>entry.too_large</c>. Where <see cref="Delivery"/> is
    /// <see cref="Delivery.Latest"/> 1 to 1,100 octets, 1,100 by default, and besides the whole <c>entry</c> frame has up to 1,100
    /// octets, some 140 of which are neither data nor the names of room, event and publisher.
    /// </value>
    public int EntryBytes { get => _entryBytes ?? (Delivery == Delivery.Latest ? EntryLimit.LatestFrame : DefaultEntryBytes); init => _entryBytes = value; }

    /// <summary>How long an idempotency key is remembered.</summary>
    /// <value>1 second to 24 hours; 5 minutes by default. The same key later is a new publish.</value>
    public TimeSpan KeyWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a room's record (epoch, head, marks) outlives its last read or write.</summary>
    /// <value>1 second to 3,650 days; 24 hours by default. While it is below the retention age, that counts instead. Positions presented later get <c>reset</c>.</value>
    public TimeSpan RecordAge { get; init; } = TimeSpan.FromHours(24);
}
