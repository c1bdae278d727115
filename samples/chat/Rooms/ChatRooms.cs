using Godwit.Access;
using Godwit.Rooms;

namespace Godwit.Samples.Chat.Rooms;

/// <summary>The rooms of the chat: <c>chat:NAME</c> is what is said, <c>topic:NAME</c> what it is about.</summary>
internal static class ChatRooms
{
    /// <summary>What rooms of what is said begin with.</summary>
    public const string Said = "chat:";

    /// <summary>What rooms of topics begin with.</summary>
    public const string Topic = "topic:";

    /// <summary>The most octets of a message. A longer one is refused with <c>entry.too_large</c>, and the connection stays.</summary>
    public const int EntryBytes = 2 << 10;

    /// <summary>The most octets that are read of anything a client sends. A WebSocket that announces more is closed before it has sent it.</summary>
    public const int MessageLimit = 64 << 10;

    /// <summary>Adds the policies of both.</summary>
    public static void AddChatRooms(this IList<RoomPolicy> policies)
    {
        policies.Add(new RoomPolicy
        {
            Pattern = RoomPattern.Parse(Said + "*"),
            Users = Rights.All,
            EntryBytes = EntryBytes,
            Presence = new PresencePolicy { Enabled = true },
            Retention = new Retention { Age = TimeSpan.FromDays(7) },
        });

        // Users read topics; the application alone writes them, when a request to change one is good.
        policies.Add(new RoomPolicy
        {
            Pattern = RoomPattern.Parse(Topic + "*"),
            Users = Rights.Read | Rights.History,
            Delivery = Delivery.Latest,
            Retention = new Retention { Age = TimeSpan.FromDays(30), Entries = 10 },
        });
    }
}
