using Godwit.Server.Hosting;
using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Origins;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Declares every setting of <c>godwit serve</c>. A new setting is one more entry here.</summary>
internal static class GodwitSettings
{
    public const string Listen = "listen";
    public const string TlsCertificate = "tls.cert";
    public const string TlsKey = "tls.key";
    public const string AllowAnonymous = "allowAnonymous";
    public const string Policies = "policies";

    public static readonly SettingTable<ServerSettings> Table = new(
        new Dictionary<string, string>(RoomSettings.Sections)
        {
            ["access"] = "Which credentials are taken. With any of these, or a policy that gives rights to everyone or to users, access is configured: requests are answered from everywhere, each by what its caller may do.",
            ["tls"] = "The certificate that https addresses show. Both files are read again when they change; connections that are open go on.",
            [DataSettings.Section] = DataSettings.Description,
            [RedisSettings.Section] = RedisSettings.Description,
            ["memory"] = "What logs in memory may take, and when memory is given back.",
            ["feeds"] = "Rooms that are live on this server.",
            ["session"] = "Sessions: many rooms over one connection.",
            ["connections"] = "What is held open: streams, WebSockets, polls that wait, publish streams.",
            [LimitSettings.Section] = LimitSettings.Description,
            [WebRtcSettings.Section] = WebRtcSettings.Description,
            ["longPolling"] = "Polls that wait for an entry.",
            ["drain"] = "How the server leaves when SIGTERM tells it to stop.",
        },
        [
            new ListSetting<ServerSettings, ListenAddress>(
                Listen,
                new ListenForm(),
                "The addresses to listen at. Addresses that other machines reach need allowAnonymous, as long as access is not configured.",
                server => [.. server.Listen.Select(address => address.Value)],
                (server, value) => server.Listen = value) { Flag = "--listen" },
            new ValueSetting<ServerSettings, string>(
                TlsCertificate,
                new PathForm("file", "FILE"),
                "The certificate of https addresses in PEM, followed by its chain, if it has one. godwit cert makes one for development.",
                server => server.TlsCertificate,
                (server, value) => server.TlsCertificate = value) { Flag = "--tls-cert" },
            new ValueSetting<ServerSettings, string>(
                TlsKey,
                new PathForm("file", "FILE"),
                "The private key of the certificate in PEM (PKCS#8, PKCS#1 or SEC 1), not encrypted.",
                server => server.TlsKey,
                (server, value) => server.TlsKey = value) { Flag = "--tls-key" },
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
            new ListSetting<ServerSettings, OriginPattern>(
                "origins",
                new OriginForm(),
                "The origins of web pages that may ask and read the answers, beside the server's own origin and, for requests from this machine, every loopback origin. Pages of others get 403 origin.refused.",
                server => server.Origins,
                (server, value) => server.Origins = [.. value.Select(origin => origin.Value)]) { Flag = "--origin", Least = 0, Most = GodwitHttpOptions.MaxOrigins, Unset = "none" },
            .. AccessSettings.All,
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
                server => server.Scopes().Select(scope => scope.Value),
                (server, value) => server.Policies = value),
            new ListSetting<ServerSettings, ConfiguredSecret>(
                "session.keys",
                new SecretForm(),
                "The keys of session tokens, the same on every server: the first signs, both verify. Without any the servers keep their keys in the store. To change the key, put the new one first and leave the old one behind it for session.life.",
                server => [.. server.SessionKeys.Select(key => key.Value)],
                (server, value) => server.SessionKeys = value) { Least = 0, Most = (int)SettingRanges.SessionKeys.Most, Unset = "not set (kept in the store)" },
            new ValueSetting<ServerSettings, TimeSpan>(
                "session.life",
                new DurationForm(SettingRanges.SessionLife),
                "How long a session token identifies its session. Who comes with an older one gets a new session.",
                server => server.Engine.Session.TokenLife,
                (server, value) => server.Engine.Session.TokenLife = value),
            new ValueSetting<ServerSettings, Optional<TimeSpan>>(
                "session.helloTimeout",
                new OptionalForm<TimeSpan>(new DurationForm(SettingRanges.HelloTimeout)),
                "How long a client may take to say hello over a session's WebSocket, and so to show who it is.",
                server => new Optional<TimeSpan>(server.Engine.Session.HelloTimeout),
                (server, value) => server.Engine.Session.HelloTimeout = value.Value),
            new ValueSetting<ServerSettings, Optional<long>>(
                "session.rooms",
                new OptionalForm<long>(new CountForm(SettingRanges.SessionRooms)),
                "The rooms that one connection of a session reads at a time; one more is refused.",
                server => new Optional<long>(server.Engine.Session.MaxRooms),
                (server, value) => server.Engine.Session.MaxRooms = (int?)value.Value),
            .. DataSettings.All,
            .. RedisSettings.All,
            .. WebRtcSettings.All,
            new ValueSetting<ServerSettings, long>(
                "memory.logs",
                new SizeForm(SettingRanges.LogMemory),
                "What all logs in memory may hold together; 25 % of the memory that the process may use when it is not set. Above it the oldest entries of the least recently published rooms go, and their readers see a gap.",
                server => server.Engine.LogMemory,
                (server, value) => server.Engine.LogMemory = value) { Unset = "25 % of the memory" },
            new ValueSetting<ServerSettings, bool>(
                "memory.collectWhenQuiet",
                new SwitchForm(),
                "Whether memory is given back to the system when the server becomes quiet after a load. That stops it for a moment, some 2 ms for each MiB in use; it is not done above 128 MiB.",
                server => server.CollectWhenQuiet,
                (server, value) => server.CollectWhenQuiet = value),
            new ValueSetting<ServerSettings, long>(
                "memory.collectRest",
                new CountForm(QuietCollection.RestRange),
                "How many times as long as that stopped the server it is not done again: 400 is a quarter of a per cent of the time at most. A number of no more than 10 is for measuring memory.",
                server => server.CollectRest,
                (server, value) => server.CollectRest = value),
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
            new ValueSetting<ServerSettings, TimeSpan>(
                "drain.delay",
                new DurationForm(SettingRanges.DrainDelay),
                "How long the server goes on after SIGTERM, not ready, so that load balancers find out. It ends early when nobody is connected.",
                server => server.Engine.DrainDelay,
                (server, value) => server.Engine.DrainDelay = value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "drain.window",
                new DurationForm(SettingRanges.DrainWindow),
                "Over how long clients are then told to come back, evenly spread. It ends early when nobody is connected; 0s tells all at once.",
                server => server.Engine.DrainWindow,
                (server, value) => server.Engine.DrainWindow = value),
            new ValueSetting<ServerSettings, long>(
                "shards",
                new CountForm(SettingRanges.Shards),
                "The number of shards that send; the number of processor cores when it is not set.",
                server => server.Engine.Shards is int shards ? (long)shards : null,
                (server, value) => server.Engine.Shards = (int)value) { Unset = "one per processor core" },
            new ValueSetting<ServerSettings, long>(
                "connections.max",
                new CountForm(GodwitHttpOptions.ConnectionsRange),
                "The most connections that are held; nine tenths of the files that the process may have open (ulimit -n) when it is not set. Above it connections and polls that would have to wait get 503 server.overloaded; publishes and short polls are still answered.",
                server => server.Http.Connections is int connections ? (long)connections : null,
                (server, value) => server.Http.Connections = (int)value) { Unset = "9/10 of the open files allowed" },
            new ValueSetting<ServerSettings, bool>(
                "connections.socketLane",
                new SwitchForm(),
                "Whether WebSockets at http addresses leave the web server after their handshake and are sent to directly: a delivery then costs less, and one that waits holds a fraction of the memory. They behave the same either way.",
                server => server.SocketLane,
                (server, value) => server.SocketLane = value),
            new ValueSetting<ServerSettings, long>(
                "bodyBytes",
                new SizeForm(GodwitHttpOptions.BodyBytesRange),
                "The largest body of a publish and the largest WebSocket message, as they arrive.",
                server => (long)server.Http.BodyBytes,
                (server, value) => server.Http.BodyBytes = (int)value),
            new ValueSetting<ServerSettings, TimeSpan>(
                "bodyTimeout",
                new DurationForm(GodwitHttpOptions.BodyTimeoutRange),
                "How long the body of a request may take to arrive, that of a publish stream apart. Then it gets 408 body.timeout.",
                server => server.Http.BodyTimeout,
                (server, value) => server.Http.BodyTimeout = value),
            new ListSetting<ServerSettings, IPNetwork>(
                "proxies",
                new NetworkForm(),
                "The proxies before this server, by the addresses that they connect from: limits count the clients that they name. Name every proxy on the way.",
                server => [.. server.Proxies.Select(network => network.Value)],
                (server, value) => server.Proxies = value) { Least = 0, Unset = "not set (the peer is the client)" },
            new ValueSetting<ServerSettings, ProxyHeader>(
                "proxyHeader",
                new ChoiceForm<ProxyHeader>(("x-forwarded-for", ProxyHeader.XForwardedFor), ("forwarded", ProxyHeader.Forwarded)),
                "The header in which the proxies say whom they speak for. The other one, which clients can send themselves, is not looked at.",
                server => server.Http.ProxyHeader,
                (server, value) => server.Http.ProxyHeader = value),
            .. LimitSettings.All,
        ]);
}
