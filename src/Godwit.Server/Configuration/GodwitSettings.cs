using Godwit.AspNetCore;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Declares every setting of <c>godwit serve</c>. A new setting is one more entry here.</summary>
internal static class GodwitSettings
{
    public const string Listen = "listen";
    public const string AllowAnonymous = "allowAnonymous";
    public const string Policies = "policies";

    public static readonly SettingTable<ServerSettings> Table = new(
        new Dictionary<string, string>(RoomSettings.Sections)
        {
            ["memory"] = "What logs in memory may take.",
            ["feeds"] = "Rooms that are live on this server.",
            ["connections"] = "What is held open: streams, WebSockets, polls that wait, publish streams.",
            ["longPolling"] = "Polls that wait for an entry.",
        },
        [
            new ListSetting<ServerSettings, ListenAddress>(
                Listen,
                new ListenForm(),
                "The addresses to listen at. Addresses that other machines reach need allowAnonymous, as long as access is not configured.",
                server => [.. server.Listen.Select(address => address.Value)],
                (server, value) => server.Listen = value) { Flag = "--listen" },
            new ValueSetting<ServerSettings, string>(
                "mount",
                new MountForm(),
                "The path that the endpoints stand under.",
                server => server.Mount,
                (server, value) => server.Mount = value) { Flag = "--mount" },
            new ValueSetting<ServerSettings, bool>(
                "verbose",
                new SwitchForm(),
                "Whether the log tells what happens to single connections.",
                server => server.Verbose,
                (server, value) => server.Verbose = value) { Flag = "--verbose" },
            new ValueSetting<ServerSettings, bool>(
                AllowAnonymous,
                new SwitchForm(),
                "Whether everyone who reaches the server may read and publish without credentials. Otherwise only requests from this machine are answered.",
                server => server.AllowAnonymous,
                (server, value) => server.AllowAnonymous = value) { Flag = "--allow-anonymous" },
            new ValueSetting<ServerSettings, bool>(
                "lab",
                new SwitchForm(),
                "Whether everyone who reaches the server may open the lab page. Otherwise only requests from this machine may.",
                server => server.Lab,
                (server, value) => server.Lab = value) { Flag = "--lab" },
            .. RoomSettings.Of<ServerSettings>(server => server.Rooms),
            new SectionListSetting<ServerSettings, RoomScope>(
                Policies,
                RoomSettings.Policy,
                "The settings of rooms by the pattern of their name; the first that matches wins. What a policy does not set is as it is set at the top level.",
                (server, value) => server.Policies = value),
            new ValueSetting<ServerSettings, long>(
                "memory.logs",
                new SizeForm(SettingRanges.LogMemory),
                "What all logs in memory may hold together; 25 % of the memory that the process may use when it is not set. Above it the oldest entries of the least recently published rooms go, and their readers see a gap.",
                server => server.Engine.LogMemory,
                (server, value) => server.Engine.LogMemory = value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "feeds.linger",
                new DurationForm(SettingRanges.FeedLinger),
                "How long a room stays live on this server after its last reader or poll.",
                server => server.Engine.FeedLinger,
                (server, value) => server.Engine.FeedLinger = value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "longPolling.maxWait",
                new DurationForm(SettingRanges.MaxWait),
                "The longest that a poll is held; a longer wait is cut to it. Keep it below the time after which proxies on the way give up.",
                server => server.Engine.MaxWait,
                (server, value) => server.Engine.MaxWait = value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "heartbeat",
                new DurationForm(SettingRanges.Heartbeat),
                "How long a stream may be silent before a heartbeat is sent, which is up to a fifth earlier. Keep it below the time after which proxies on the way end an idle connection.",
                server => server.Engine.Heartbeat,
                (server, value) => server.Engine.Heartbeat = value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "stallLimit",
                new DurationForm(SettingRanges.StallLimit),
                "How long a client may take none of the bytes that are due to it, before its connection is ended. It may reconnect and resume.",
                server => server.Engine.StallLimit,
                (server, value) => server.Engine.StallLimit = value),
            new ValueSetting<ServerSettings, long>(
                "shards",
                new CountForm(SettingRanges.Shards),
                "The number of shards that send; the number of processor cores when it is not set.",
                server => server.Engine.Shards is int shards ? (long)shards : null,
                (server, value) => server.Engine.Shards = (int)value),
            new ValueSetting<ServerSettings, long>(
                "connections.max",
                new CountForm(GodwitHttpOptions.ConnectionsRange),
                "The most connections that are held; nine tenths of the files that the process may have open (ulimit -n) when it is not set. Above it connections and polls that would have to wait get 503 server.overloaded; publishes and short polls are still answered.",
                server => server.Http.Connections is int connections ? (long)connections : null,
                (server, value) => server.Http.Connections = (int)value),
            new ValueSetting<ServerSettings, long>(
                "bodyBytes",
                new SizeForm(GodwitHttpOptions.BodyBytesRange),
                "The largest body of a publish and the largest WebSocket message, as they arrive.",
                server => (long)server.Http.BodyBytes,
                (server, value) => server.Http.BodyBytes = (int)value),
        ]);
}
