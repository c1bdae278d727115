using System.Net.Sockets;
using System.Text;
using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;
using Godwit.Server.Tests.WebSockets;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>
/// Connections end in every way while deliveries run, and their descriptors are taken by others at once: whoever sent on one
/// that was not its own any more would be seen by the client that has it now.
/// </summary>
public sealed class DisposalRaceTests
{
    /// <summary>Readers of one busy room: a round over them takes so long that they end in the middle of it.</summary>
    private const int Busy = 32;

    /// <summary>Readers of rooms of their own, who take the descriptors of those that ended.</summary>
    private const int Quiet = 8;

    private const int Lives = 80;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_is_ever_sent_what_is_anothers_however_connections_end()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        IBroker broker = server.Services.GetRequiredService<IBroker>();
        GodwitEngine engine = server.Services.GetRequiredService<GodwitEngine>();
        ProbeTarget busy = server.Room().Over(Carrier.Sockets);
        ProbeTarget[] quiet = [.. Enumerable.Range(0, Quiet).Select(_ => server.Room().Over(Carrier.Sockets))];
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task publishing = PublishAsync(broker, [.. Enumerable.Repeat(busy, 4 * Quiet), .. quiet], done.Token);
        Task cutting = CutAsync(engine, done.Token);

        await Task.WhenAll(Enumerable.Repeat(busy, Busy).Concat(quiet).Select((room, index) => Task.Run(() => LiveAsync(room, new Random(index)), Cancel)));

        await done.CancelAsync();
        await Task.WhenAll(publishing, cutting);
        await LaneClient.UntilAsync(() => server.WebSockets(Lane.Socket) == 0);
    }

    private static async Task PublishAsync(IBroker broker, ProbeTarget[] rooms, CancellationToken done)
    {
        var names = rooms.Select(static room => RoomName.Parse(room.Room)).ToArray();
        byte[][] data = [.. rooms.Select(static room => Encoding.UTF8.GetBytes($"\"for {room.Room} {new string('x', 600)}\""))];
        for (int i = 0; !done.IsCancellationRequested; i++)
        {
            int to = i % names.Length;
            await broker.AppendAsync(names[to], new EntryContent("message", data[to], false, null), null, CancellationToken.None);
            await Task.Yield();
        }
    }

    /// <summary>The server's own side: at times it cuts everybody off.</summary>
    private static async Task CutAsync(GodwitEngine engine, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await Task.Delay(40, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            engine.Cut();
        }
    }

    private static async Task LiveAsync(ProbeTarget room, Random random)
    {
        for (int life = 0; life < Lives; life++)
        {
            using Socket socket = await LaneClient.ConnectAsync(room.Mount, receiveBuffer: random.Next(3) == 0 ? 2048 : null);
            await socket.SendAsync(Encoding.Latin1.GetBytes(LaneClient.Handshake(room)), Cancel);
            var wire = new WebSocketWire(new NetworkStream(socket));
            try
            {
                await ReadHeadAsync(socket);
                int frames = random.Next(12);
                long? last = null;
                for (int i = 0; i < frames && await wire.ReceiveAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel) is { } frame; i++)
                {
                    Check(room, frame, ref last);
                }
            }
            catch (IOException)
            {
                // Cut off by the server.
            }
            catch (SocketException)
            {
                // The same, before the first frame.
            }

            await EndAsync(socket, random.Next(5));
        }
    }

    private static void Check(ProbeTarget room, WebSocketFrame frame, ref long? last)
    {
        if (frame.Opcode != WebSocketWire.Text)
        {
            Assert.Contains(frame.Opcode, (int[])[WebSocketWire.Ping, WebSocketWire.Close]);
            return;
        }

        string text = Encoding.UTF8.GetString(frame.Payload);
        Assert.Contains(room.Room, text, StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(text);
        if (json.RootElement.GetProperty("op").GetString() == "gap")
        {
            // On a busy machine a reader may fall behind what the room keeps: it is told exactly what it missed.
            System.Text.Json.JsonElement missing = json.RootElement.GetProperty("missing");
            long from = missing.GetProperty("from").GetInt64();
            Assert.True(last is null || from == last + 1, $"{from} is missing after {last}.");
            last = missing.GetProperty("to").GetInt64();
        }
        else if (json.RootElement.GetProperty("op").GetString() == "entry")
        {
            Assert.StartsWith($"for {room.Room} ", json.RootElement.GetProperty("data").GetString(), StringComparison.Ordinal);
            long offset = json.RootElement.GetProperty("offset").GetInt64();
            Assert.True(last is null || offset == last + 1, $"{offset} came after {last}.");
            last = offset;
        }
    }

    /// <summary>Reads the answer to the handshake: the very first octets, or something else came before it.</summary>
    private static async Task ReadHeadAsync(Socket socket)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await socket.ReceiveAsync(one, Cancel) == 0)
            {
                throw new IOException("Ended within the head.");
            }

            head.Append((char)one[0]);
            Assert.True("HTTP/1.1 101 ".AsSpan().StartsWith(head.ToString().AsSpan(0, Math.Min(head.Length, 13))), $"Instead of an answer came: {head}");
        }
    }

    private static async Task EndAsync(Socket socket, int way)
    {
        try
        {
            switch (way)
            {
                case 0:
                    // A reset in the middle of what is being sent.
                    socket.LingerState = new LingerOption(true, 0);
                    break;
                case 1:
                    socket.Shutdown(SocketShutdown.Send);
                    break;
                case 2:
                    await socket.SendAsync(LaneClient.Close, Cancel);
                    break;
                case 3:
                    // A violation: the server ends it, and drops what comes behind.
                    await socket.SendAsync("\u00ff\u00ff and more"u8.ToArray(), Cancel);
                    break;
            }
        }
        catch (SocketException)
        {
            // The server was first.
        }
    }
}
