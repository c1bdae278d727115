using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Tests.Brokers;

namespace Godwit.Tests.Feeds;

/// <summary>What readers cost while they wait and while they are sent to.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class CostTests
{
    [Fact]
    public void A_reader_that_waits_holds_no_buffer()
    {
        const int Count = 2000;
        using var rooms = new LiveRooms();
        Connection[] some = [.. Enumerable.Range(0, 100).Select(_ => Follow(rooms))];
        rooms.Queue.RunAll();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Connection[] connections = [.. Enumerable.Range(0, Count).Select(_ => Follow(rooms))];
        rooms.Queue.RunAll();
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;

        Assert.InRange(each, 100, 900);
        GC.KeepAlive(some);
        GC.KeepAlive(connections);
    }

    [Fact]
    public void A_delivery_allocates_nothing()
    {
        const int Count = 1000;
        using var rooms = new LiveRooms();
        Connection[] connections = [.. Enumerable.Range(0, Count).Select(_ => Follow(rooms))];
        rooms.Queue.RunAll();
        for (int i = 0; i < 5; i++)
        {
            rooms.Publish();
            rooms.Queue.RunAll();
        }

        int sent = NullOutlet.Sent;
        rooms.Publish();
        long before = GC.GetAllocatedBytesForCurrentThread();
        rooms.Queue.RunAll();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Count, NullOutlet.Sent - sent);
        Assert.InRange(allocated, 0, 1000);
        GC.KeepAlive(connections);
    }

    private static Connection Follow(LiveRooms rooms)
    {
        var connection = new Connection(rooms.Pump.Next(), new NullOutlet(), Framing.WebSocket, ReadTransport.WebSocket);
        var lease = rooms.Open();
        connection.Start();
        connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "{}"u8.ToArray());
        return connection;
    }

    private sealed class NullOutlet : Outlet
    {
        [ThreadStatic]
        public static int Sent;

        public override void Abort()
        {
        }

        protected override int Write(ReadOnlyMemory<byte> octets)
        {
            Sent++;
            return octets.Length;
        }

        protected override void WriteRest(byte[] rest) => throw new NotSupportedException();
    }
}
