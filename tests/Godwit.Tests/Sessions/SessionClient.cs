using Godwit.Administration;
using Godwit.Access;
using Godwit.Tests.Access;
using System.Text;
using System.Text.Json;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions;
using Godwit.Sessions.Tokens;
using Godwit.Tests.Feeds;
using Microsoft.Extensions.Logging.Abstractions;
using Godwit.Rooms.Requests;

namespace Godwit.Tests.Sessions;

/// <summary>A client of a session, whose frames go straight to it and whose answers are read from the outlet.</summary>
internal sealed class SessionClient : IDisposable
{
    private readonly TestOutlet _outlet;
    private readonly Session _session;
    private int _read;

    public SessionClient(int maxRooms = 128, LiveRooms? rooms = null, Caller? caller = null, ICredentials? credentials = null, PresencePolicy? presence = null, Func<int, int>? take = null)
    {
        Rooms = rooms ?? new LiveRooms();
        var policies = new RoomPolicies([new RoomPolicy { Pattern = RoomPattern.Parse("small:*"), EntryBytes = 8 }, new RoomPolicy { Pattern = RoomPattern.Parse("price:*"), Delivery = Delivery.Latest }, new RoomPolicy { Pattern = RoomPattern.Parse("team:*"), Presence = presence ?? new PresencePolicy { Enabled = true } }]);
        var access = Access = new RoomAccess(policies, Rooms.Limits);
        credentials ??= new OpenAccess();
        Presence = Rooms.Presence ??= new RoomPresence(Rooms.Store, policies, access, Rooms.Attendances, new MemberShares(5_000, Rooms.Time), Rooms.Reads.Answers);
        var calls = new SessionCalls(Rooms.Store, policies, Rooms.Reads, access, Presence, credentials, new ApplicationRequests(new RequestHandlers(), Rooms.Reads.Answers, TimeSpan.FromSeconds(10), Rooms.Time, NullLogger<ApplicationRequests>.Instance));
        var tokens = new SessionTokens(new SessionOptions(), Rooms.Store, Rooms.Time);
        var services = new SessionServices(Rooms.Reads, policies, access, credentials, tokens, calls, Presence, new Revocations(Rooms.Time), maxRooms, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25));
        _outlet = new TestOutlet(take);
        Connection = new Connection(Rooms.Pump.Next(), _outlet, Framing.WebSocket, ReadTransport.WebSocket) { Caller = caller ?? Caller.Unchecked };
        _session = new Session(services, Connection);
        Connection.Start();
        _session.AwaitHello();
        Rooms.Queue.RunAll();
    }

    public LiveRooms Rooms { get; }

    public Connection Connection { get; }

    public RoomAccess Access { get; }

    public RoomPresence Presence { get; }

    /// <summary>The token that it was welcomed with.</summary>
    public string Token { get; private set; } = "";

    /// <summary>Its session, as other clients know it.</summary>
    public string Session => $"{Connection.SessionId:x32}";

    public TestOutlet Outlet => _outlet;

    /// <summary>Whether the session takes frames.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Sends a frame, has everything done that follows, and returns what came since the last call.</summary>
    public List<JsonElement> Send(string frame)
    {
        Task<bool> taken = Begin(frame);
        IsOpen = Finish(taken);
        return Receive();
    }

    /// <summary>Sends a frame and returns the one frame that answers it.</summary>
    public JsonElement Ask(string frame) => Assert.Single(Send(frame));

    /// <summary>Sends a frame without having the shards run.</summary>
    public Task<bool> Begin(string frame) => _session.TakeAsync(Encoding.UTF8.GetBytes(frame)).AsTask();

    /// <summary>Says hello without rooms.</summary>
    public SessionClient Hello(string more = "")
    {
        JsonElement welcome = Send($$"""{"op":"hello"{{more}}}""")[0];
        Assert.Equal("welcome", Op(welcome));
        Token = welcome.GetProperty("session").GetString()!;
        return this;
    }

    /// <summary>Joins the room team:1, as a member or to be told of members.</summary>
    public void Join(bool present, string? state = null) =>
        Assert.Equal("joined", Op(Send($$"""{"op":"join","room":"team:1","present":{{(present ? "true" : "false")}}{{(state is null ? "" : ",\"state\":" + state)}}}""")[0]));

    /// <summary>What came since the last call. A close frame is <c>{"op":"close","code":…,"reason":…}</c>.</summary>
    public List<JsonElement> Receive()
    {
        Rooms.Queue.RunAll();
        List<JsonElement> frames = Parse(_outlet.Octets);
        List<JsonElement> fresh = frames[_read..];
        _read = frames.Count;
        return fresh;
    }

    /// <summary>Tells the session that its connection has ended.</summary>
    public void Stop() => _session.Stop();

    public void Dispose() => Rooms.Dispose();

    /// <summary>An answer without what differs from run to run.</summary>
    public static string Op(JsonElement frame) => frame.GetProperty("op").GetString()!;

    public static string Code(JsonElement frame)
    {
        Assert.Equal("error", Op(frame));
        return frame.GetProperty("code").GetString()!;
    }

    private T Finish<T>(Task<T> task)
    {
        for (int turns = 0; !task.IsCompleted; turns++)
        {
            Assert.True(turns < 30_000, "The session never answered.");
            Rooms.Queue.RunAll();
            if (!task.IsCompleted)
            {
                // What the shards complete goes on elsewhere.
                task.Wait(1, TestContext.Current.CancellationToken);
            }
        }

        Rooms.Queue.RunAll();
        return task.GetAwaiter().GetResult();
    }

    private static List<JsonElement> Parse(ReadOnlySpan<byte> octets)
    {
        var frames = new List<JsonElement>();
        while (octets.Length >= 2)
        {
            int header = octets[1] switch { 126 => 4, 127 => 10, _ => 2 };
            int length = header == 2 ? octets[1] : 0;
            foreach (byte octet in octets[2..Math.Min(header, octets.Length)])
            {
                length = (length << 8) | octet;
            }

            if (octets.Length < header + length)
            {
                break;
            }

            ReadOnlySpan<byte> payload = octets.Slice(header, length);
            string json = octets[0] switch
            {
                0x81 => Encoding.UTF8.GetString(payload),
                0x88 => $$"""{"op":"close","code":{{(payload[0] << 8) | payload[1]}},"reason":"{{Encoding.UTF8.GetString(payload[2..])}}"}""",
                _ => """{"op":"heartbeat"}""",
            };
            frames.Add(JsonDocument.Parse(json).RootElement);
            octets = octets[(header + length)..];
        }

        return frames;
    }
}
