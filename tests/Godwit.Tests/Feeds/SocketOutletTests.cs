using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Pump.Sockets;
using Godwit.Protocol;
using Godwit.Tests.Brokers;

namespace Godwit.Tests.Feeds;

/// <summary>The socket lane's sending side on real sockets: what it costs, and what it does when they are full or gone.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class SocketOutletTests : IDisposable
{
    private readonly LiveRooms _rooms = new();
    private readonly Socket _listening = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _sockets = [];

    public SocketOutletTests()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen();
    }

    [Fact]
    public void A_delivery_allocates_nothing()
    {
        const int Count = 64;
        Socket[] clients = [.. Enumerable.Range(0, Count).Select(_ => Follow(out Connection _))];
        _rooms.Queue.RunAll();
        for (int i = 0; i < 5; i++)
        {
            _rooms.Publish();
            _rooms.Queue.RunAll();
        }

        _rooms.Publish();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _rooms.Queue.RunAll();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 500);
        Assert.All(clients, static client => Assert.Equal(6, ReadLines(client, 7).Count(static line => line.Contains("\"entry\"", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_socket_that_takes_a_part_at_a_time_gets_every_entry_once_and_in_order(int seed)
    {
        const int Count = 400;
        var random = new Random(seed);
        Socket client = Follow(out Connection connection, octets: 1024);
        _rooms.Queue.RunAll();
        var received = new StringBuilder();
        byte[] buffer = new byte[64 << 10];
        int published = 0;
        long end = Environment.TickCount64 + 60_000;
        while (Lines(received) < Count + 1)
        {
            Assert.True(Environment.TickCount64 < end, "What was published does not arrive.");
            if (published < Count)
            {
                int now = Math.Min(random.Next(8), Count - published);
                for (int i = 0; i < now; i++)
                {
                    _rooms.Publish(size: random.Next(4) == 0 ? random.Next(40_000) : random.Next(200));
                }

                published += now;
            }

            _rooms.Queue.RunAll();
            if (client.Available > 0)
            {
                received.Append(Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer, random.Next(1, buffer.Length), SocketFlags.None)));
            }
        }

        string[] entries = received.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(Enumerable.Range(1, Count), entries.Select(static line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("offset").GetInt32()));
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public void A_client_that_takes_nothing_has_little_waiting_in_the_kernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "TCP_NOTSENT_LOWAT is of Linux.");
        Connect(out Socket server, 1024);
        var outlet = new CountingOutlet(server);
        var connection = new Connection(_rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.HttpStream);
        FeedLease lease = _rooms.Open();
        connection.Start();
        connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "{\"op\":\"joined\"}\n"u8.ToArray());
        for (int i = 0; i < 300; i++)
        {
            _rooms.Publish(size: 1000);
            _rooms.Queue.RunAll();
        }

        Assert.True(outlet.IsFull);
        Assert.InRange(outlet.Octets, 1, 4 * SendQueue.UnsentLimit);
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public async Task A_connection_that_is_cut_off_while_its_socket_is_full_ends()
    {
        Socket client = Follow(out Connection connection, octets: 1024);
        _rooms.Queue.RunAll();
        _rooms.Publish(count: 100, size: 20_000);
        _rooms.Queue.RunAll();

        connection.Abort();
        while (!connection.Ended.IsCompleted)
        {
            _rooms.Queue.RunAll();
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.NotNull(client);
    }

    [Fact]
    public void A_client_that_is_gone_ends_its_connection_and_no_other()
    {
        Socket gone = Follow(out Connection ended);
        Socket stays = Follow(out Connection open);
        _rooms.Queue.RunAll();
        gone.LingerState = new LingerOption(true, 0);
        gone.Dispose();
        while (!ended.Ended.IsCompleted)
        {
            _rooms.Publish();
            _rooms.Queue.RunAll();
        }

        Assert.True(open.IsOpen);
        Assert.Contains("\"offset\":1,", ReadLines(stays, 2)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_is_gone_costs_no_exception()
    {
        Socket gone = Follow(out Connection ended);
        _rooms.Queue.RunAll();
        gone.LingerState = new LingerOption(true, 0);
        gone.Dispose();
        int thread = Environment.CurrentManagedThreadId;
        int thrown = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs failure) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            while (!ended.Ended.IsCompleted)
            {
                _rooms.Publish();
                _rooms.Queue.RunAll();
            }
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        Assert.Equal(0, thrown);
    }

    [Fact]
    public void Several_rooms_of_a_connection_are_sent_at_once()
    {
        Socket client = Connect(out Socket server, null);
        var outlet = new CountingOutlet(server);
        var connection = new Connection(_rooms.Pump.Next(), outlet, Framing.Ndjson, ReadTransport.HttpStream);
        connection.Start();
        RoomName[] names = [.. Enumerable.Range(0, 8).Select(static i => RoomName.Parse($"room-{i}"))];
        foreach (RoomName name in names)
        {
            FeedLease lease = _rooms.Open(name);
            connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "{\"op\":\"joined\"}\n"u8.ToArray());
        }

        _rooms.Queue.RunAll();
        Assert.Equal(1, outlet.Writes);
        foreach (RoomName name in names)
        {
            _rooms.Publish(name);
        }

        connection.Send("{\"op\":\"pong\"}\n"u8.ToArray());
        _rooms.Queue.RunAll();
        Assert.Equal(3, outlet.Writes);
        Assert.Equal(17, ReadLines(client, 17).Count);
    }

    public void Dispose()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        _listening.Dispose();
        _rooms.Dispose();
    }

    private Socket Follow(out Connection connection, int? octets = null)
    {
        Socket client = Connect(out Socket server, octets);
        connection = new Connection(_rooms.Pump.Next(), new SocketOutlet(server, TimeSpan.FromSeconds(30)), Framing.Ndjson, ReadTransport.HttpStream);
        FeedLease lease = _rooms.Open();
        connection.Start();
        connection.Join(new Reader(lease, lease.Feed.JudgeNow()), "{\"op\":\"joined\"}\n"u8.ToArray());
        return client;
    }

    private Socket Connect(out Socket server, int? octets)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (octets is { } size)
        {
            client.ReceiveBufferSize = size;
        }

        client.Connect(_listening.LocalEndPoint!);
        server = _listening.Accept();
        if (octets is not null)
        {
            server.SendBufferSize = octets.Value;
        }

        _sockets.Add(client);
        _sockets.Add(server);
        return client;
    }

    private static List<string> ReadLines(Socket client, int count)
    {
        client.ReceiveTimeout = 30_000;
        var received = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (Lines(received) < count)
        {
            int length = client.Receive(buffer);
            Assert.True(length > 0, "The connection ended.");
            received.Append(Encoding.ASCII.GetString(buffer, 0, length));
        }

        return [.. received.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static int Lines(StringBuilder received)
    {
        int count = 0;
        foreach (ReadOnlyMemory<char> chunk in received.GetChunks())
        {
            count += chunk.Span.Count('\n');
        }

        return count;
    }

    private sealed class CountingOutlet(Socket socket) : SocketOutlet(socket, TimeSpan.FromSeconds(30))
    {
        public int Writes { get; private set; }

        public int Octets { get; private set; }

        protected override int Write(ReadOnlyMemory<byte> octets)
        {
            Writes++;
            int written = base.Write(octets);
            Octets += written;
            return written;
        }
    }
}
