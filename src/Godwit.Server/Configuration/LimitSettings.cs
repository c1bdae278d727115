using Godwit.AspNetCore;
using Godwit.AspNetCore.Limits;
using Godwit.Limits;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>The settings of what clients may ask in a time, and of how much of some things they may have.</summary>
internal static class LimitSettings
{
    public const string Section = "limits";

    /// <summary>What the section is about.</summary>
    public const string Description = "What clients may ask of this server in a time, and how much of some things they may have. Nothing of it counts for local requests while access is not configured; API keys have no rates.";

    private static readonly SettingRange<long> HeadBytesRange = new(4 << 10, 1 << 20);
    private static readonly OptionalForm<Rate> Rates = new(new RateForm());

    /// <summary>The settings.</summary>
    public static IEnumerable<Setting<ServerSettings>> All =>
    [
        OfRate("publishes", "How often one user publishes, or everyone without a credential at one address together. What is above it gets 429 publish.rate.", server => server.Engine.Limits.Publishes, (server, rate) => server.Engine.Limits.Publishes = rate),
        OfRate("roomPublishes", "How often is published to one room, by whomever. What is above it gets 429 room.rate.", server => server.Engine.Limits.RoomPublishes, (server, rate) => server.Engine.Limits.RoomPublishes = rate),
        OfRate("requests", "How often one user, or everyone without a credential at one address together, sends a request, a message or a frame, whatever it asks for; 16 KiB over a WebSocket count as one more. What is above it waits its turn, and a request that would wait for more than 5 s gets 429 requests.rate. Loopback addresses have no limit.", server => server.Engine.Limits.Requests, (server, rate) => server.Engine.Limits.Requests = rate),
        OfRate("newRooms", "How often one user, or everyone without a credential at one address together, reads rooms that nobody used before. What is above it gets 429 rooms.rate; rooms that are there are not counted.", server => server.Engine.Limits.NewRooms, (server, rate) => server.Engine.Limits.NewRooms = rate),
        OfCount("sessions", SettingRanges.UserSessions, "The sessions that one user has connected to this server. One more gets 429 sessions.limit.", server => server.Engine.Limits.Sessions, (server, count) => server.Engine.Limits.Sessions = count),
        OfCount("memberships", SettingRanges.Memberships, "The memberships of one user, or of everyone without a credential at one address together, in rooms that keep a list of their members. One more gets presence.limit, and the room is read all the same. Of one room a caller has a tenth of the places, and at least 100.", server => server.Engine.Limits.Memberships, (server, count) => server.Engine.Limits.Memberships = count),
        OfCount("heldExchanges", SettingRanges.HeldExchanges, "The exchanges of one session that are held for one room. When one more comes the oldest is answered.", server => server.Engine.Limits.HeldExchanges, (server, count) => server.Engine.Limits.HeldExchanges = count),
        OfRate("attempts", "How often one address begins a connection; an IPv6 address counts with its whole /64. What is above it is closed without an answer, or gets 429 connections.rate where a proxy is between.", server => server.Http.Limits.Attempts, (server, rate) => server.Http.Limits.Attempts = rate),
        OfCount("connections", AddressLimitOptions.ConnectionsRange, "The connections that one address has open; an IPv6 address counts with its whole /64. One more is closed without an answer, or gets 429 connections.limit where a proxy is between.", server => server.Http.Limits.Connections, (server, count) => server.Http.Limits.Connections = count),
        new ValueSetting<ServerSettings, Optional<long>>(
            $"{Section}.headBytes",
            new OptionalForm<long>(new SizeForm(HeadBytesRange)),
            "The header fields of one request together, and those of HTTP/2 likewise. More gets 431, and the connection ends. Off is 1 MiB, which is what is held of a request that has not been read.",
            server => new Optional<long>(server.HeadBytes),
            (server, value) => server.HeadBytes = value.Value),
    ];

    private static ValueSetting<ServerSettings, Optional<Rate>> OfRate(string name, string description, Func<ServerSettings, Rate?> get, Action<ServerSettings, Rate?> set) =>
        new($"{Section}.{name}", Rates, description, server => new Optional<Rate>(get(server)), (server, value) => set(server, value.Value));

    private static ValueSetting<ServerSettings, Optional<long>> OfCount(string name, SettingRange<long> range, string description, Func<ServerSettings, int?> get, Action<ServerSettings, int?> set) =>
        new($"{Section}.{name}", new OptionalForm<long>(new CountForm(range)), description, server => new Optional<long>(get(server)), (server, value) => set(server, (int?)value.Value));
}
