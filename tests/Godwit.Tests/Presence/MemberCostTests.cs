using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Brokers;
using Godwit.Tests.Feeds;
using Godwit.Tests.Sessions;

namespace Godwit.Tests.Presence;

/// <summary>What a member costs: in the store, and at a server whose readers are told of it.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class MemberCostTests
{
    private const int Members = 20_000;

    private static readonly RoomName Team = RoomName.Parse("team:1");

    [Fact]
    public void A_member_costs_less_than_half_a_kibibyte_in_store_and_roster_together()
    {
        // What tests before this one have left may go between the two readings, once.
        double each = 0;
        for (int i = 0; i < 3 && each is < 1 or > 512; i++)
        {
            each = Measure();
            TestContext.Current.SendDiagnosticMessage($"A member costs {each:0} octets, with its name.");
        }

        Assert.InRange(each, 1, 512);
    }

    private static double Measure()
    {
        using var rooms = new LiveRooms();
        var watching = new SessionClient(rooms: rooms, presence: new PresencePolicy { Enabled = true, Members = Members }).Hello();
        watching.Join(false);
        Join(rooms, 0, 1000);
        long before = Held();
        Join(rooms, 1000, Members);
        double each = (Held() - before) / (double)(Members - 1000);
        GC.KeepAlive(watching);
        return each;
    }

    private static void Join(LiveRooms rooms, int first, int end)
    {
        foreach (int[] sessions in Enumerable.Range(first, end - first).Chunk(500))
        {
            LiveRooms.Get(rooms.Store.RenewAsync("elsewhere", [.. sessions.Select(static session => new LeaseRenewal(Team, (UInt128)session, $"user-{session}", default, LeaseChange.Keep, TimeSpan.FromHours(1), Members))], CancellationToken.None));
        }
    }

    private static long Held()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
