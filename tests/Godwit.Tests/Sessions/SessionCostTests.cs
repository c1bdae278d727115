using Godwit.Administration;
using Godwit.Access;
using Godwit.Tests.Access;
using System.Text;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions;
using Godwit.Sessions.Tokens;
using Godwit.Tests.Brokers;
using Godwit.Tests.Feeds;
using Microsoft.Extensions.Logging.Abstractions;
using Godwit.Rooms.Requests;

namespace Godwit.Tests.Sessions;

/// <summary>What the rooms of a session cost.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class SessionCostTests
{
    [Fact]
    public void A_further_room_of_a_session_holds_at_most_400_octets()
    {
        const int Sessions = 100;
        const int Rooms = 100;
        // The median: now and then a collection takes what others left in pools along with what is ours.
        long[] samples = [.. Enumerable.Range(0, 5).Select(static _ => Measure(Sessions, Rooms)).Order()];
        TestContext.Current.SendDiagnosticMessage("A further room of a session holds {0} octets.", samples[2]);
        Assert.InRange(samples[2], 50, 400);
    }

    private static long Measure(int count, int roomCount)
    {
        using var rooms = new LiveRooms();
        SessionServices services = Services(rooms);

        // Another session is in every room: what makes a room live at all is not this one's.
        Session other = Begin(rooms, services);
        Hello(rooms, other, roomCount);
        Session[] sessions = [.. Enumerable.Range(0, count).Select(_ => Begin(rooms, services))];
        foreach (Session session in sessions)
        {
            Hello(rooms, session, 1);
        }

        long before = Held();
        foreach (Session session in sessions)
        {
            for (int i = 1; i < roomCount; i++)
            {
                Take(rooms, session, $$"""{"op":"join","room":"room{{i}}"}""");
            }
        }

        long each = (Held() - before) / (count * (roomCount - 1));
        GC.KeepAlive(other);
        GC.KeepAlive(sessions);
        return each;
    }

    /// <summary>What is held once everything that can go has gone: what other tests left behind too.</summary>
    private static long Held()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static SessionServices Services(LiveRooms rooms)
    {
        var policies = new RoomPolicies([]);
        var access = new RoomAccess(policies);
        var presence = new RoomPresence(rooms.Store, policies, access, rooms.Attendances, new MemberShares(null, rooms.Time), rooms.Reads.Answers);
        return new SessionServices(
            rooms.Reads, policies, access, new OpenAccess(), new SessionTokens(new SessionOptions(), rooms.Store, rooms.Time), new SessionCalls(rooms.Store, policies, rooms.Reads, access, presence, new OpenAccess(), new ApplicationRequests(new RequestHandlers(), rooms.Reads.Answers, TimeSpan.FromSeconds(10), rooms.Time, NullLogger<ApplicationRequests>.Instance)), presence, new Revocations(rooms.Time), 128, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25));
    }

    private static Session Begin(LiveRooms rooms, SessionServices services)
    {
        var connection = new Connection(rooms.Pump.Next(), new NullOutlet(), Framing.WebSocket, ReadTransport.WebSocket) { Caller = Caller.Unchecked };
        connection.Start();
        return new Session(services, connection);
    }

    private static void Hello(LiveRooms rooms, Session session, int count) =>
        Take(rooms, session, "{\"op\":\"hello\",\"rooms\":{" + string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"room{i}\":\"now\"")) + "}}");

    private static void Take(LiveRooms rooms, Session session, string frame)
    {
        Task<bool> taken = session.TakeAsync(Encoding.UTF8.GetBytes(frame)).AsTask();
        while (!taken.IsCompleted)
        {
            rooms.Queue.RunAll();
        }

        Assert.True(taken.Result);
        rooms.Queue.RunAll();
    }

    private sealed class NullOutlet : Outlet
    {
        public override void Abort()
        {
        }

        protected override int Write(ReadOnlyMemory<byte> octets) => octets.Length;

        protected override void WriteRest(byte[] rest) => throw new NotSupportedException();
    }
}
