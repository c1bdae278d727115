using System.Net.Sockets;
using System.Text;
using Godwit.AspNetCore.Lanes.Sockets;
using Godwit.Feeds.Pump;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Http;
using Godwit.Server.Tests.Transports;
using Godwit.Server.Tests.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>Which connections are on the socket lane, from when to when, and what they hold of the server meanwhile.</summary>
public sealed class SocketLaneTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_websocket_is_on_the_lane_where_the_end_point_has_it_and_is_counted_by_lane()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using (RawHandshake onSockets = await RawHandshake.JoinAsync(server.Room().Over(Carrier.Sockets)))
        await using (RawHandshake onKestrel = await RawHandshake.JoinAsync(server.Room()))
        {
            Assert.Equal((1, 1), (server.WebSockets(Lane.Socket), server.WebSockets(Lane.Kestrel)));
            await onSockets.AssertAliveAsync();
            await onKestrel.AssertAliveAsync();
        }

        await LaneClient.UntilAsync(() => server.WebSockets(Lane.Socket) == 0 && server.WebSockets(Lane.Kestrel) == 0);
        await LaneClient.UntilAsync(() => LaneOf(server).Open == 0);
    }

    [Fact]
    public async Task A_session_is_on_the_lane_too()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using ReaderProbe reader = Via.SessionWebSocketOverSockets.Open(server.Room(), ProbeStart.Now);
        await reader.JoinAsync();

        GodwitEngine engine = server.Services.GetRequiredService<GodwitEngine>();
        Assert.Equal((1, 0), (engine.Held(ReadTransport.SessionWebSocket, Lane.Socket), engine.Held(ReadTransport.SessionWebSocket, Lane.Kestrel)));
    }

    [Fact]
    public async Task Heads_that_are_not_whole_go_to_kestrel_which_has_limits_for_them_and_lose_nothing()
    {
        const int Count = 30;
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget target = server.Room().Over(Carrier.Sockets);
        byte[] head = Encoding.Latin1.GetBytes(LaneClient.Handshake(target));
        var sockets = new List<Socket>();
        for (int i = 0; i < Count; i++)
        {
            Socket socket = await LaneClient.ConnectAsync(target.Mount);
            sockets.Add(socket);
            await socket.SendAsync(head.AsMemory(0, 1 + (i * (head.Length - 2) / Count)), Cancel);
        }

        // Nobody waits for the rest here: the lane has no more to do with them.
        await LaneClient.UntilAsync(() => LaneOf(server).Arriving == 0);
        for (int i = 0; i < Count; i++)
        {
            await sockets[i].SendAsync(head.AsMemory(1 + (i * (head.Length - 2) / Count)), Cancel);
            Assert.Contains("\"verdict\":\"ok\"", await sockets[i].ReadUntilAsync("\"}"), StringComparison.Ordinal);
        }

        Assert.Equal((0, Count), (server.WebSockets(Lane.Socket), server.WebSockets(Lane.Kestrel)));
        sockets.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task A_client_that_sends_nothing_is_kestrels_after_a_while_and_can_still_ask()
    {
        var time = new FakeTimeProvider();
        await using RunningServer server = await RunningServer.StartAsync(time: time);
        ProbeTarget target = server.Room().Over(Carrier.Sockets);
        using Socket silent = await LaneClient.ConnectAsync(target.Mount);
        await LaneClient.UntilAsync(() => LaneOf(server).Arriving == 1);

        // It may be counted a moment before its time begins.
        await LaneClient.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return LaneOf(server).Arriving == 0;
        });

        await silent.SendAsync(LaneClient.Handshake(target));
        await silent.ReadUntilAsync("\"}");
        Assert.Equal(1, server.WebSockets(Lane.Kestrel));
    }

    [Fact]
    public async Task A_refused_handshake_leaves_a_connection_that_can_be_asked_again()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget target = server.Room().Over(Carrier.Sockets);
        using Socket socket = await LaneClient.ConnectAsync(target.Mount);
        for (int i = 0; i < 3; i++)
        {
            await socket.SendAsync(LaneClient.Handshake(target).Replace("/rooms/", "/rooms/no%20", StringComparison.Ordinal));
            Assert.Contains("\"room.invalid\"", await socket.ReadAnswerAsync(), StringComparison.Ordinal);
        }

        await socket.SendAsync(LaneClient.Handshake(target));
        Assert.Contains("HTTP/1.1 101 ", await socket.ReadUntilAsync("\"}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_at_the_cap_is_held_for_as_long_as_the_websocket_lives()
    {
        await using RunningServer server = await RunningServer.StartAsync(http: http => http.Connections = 1);
        ProbeTarget target = server.Room().Over(Carrier.Sockets);
        await using (RawHandshake first = await RawHandshake.JoinAsync(target))
        {
            await using RawHandshake refused = await RawHandshake.SendAsync(target, RawHandshake.Right);
            Assert.Equal(503, refused.Status);
            await first.AssertAliveAsync();
        }

        await LaneClient.UntilAsync(() => LaneOf(server).Open == 0);
        await using RawHandshake next = await RawHandshake.JoinAsync(target);
        await next.AssertAliveAsync();
    }

    [Fact]
    public async Task A_server_that_stops_tells_those_on_the_lane_and_waits_for_them()
    {
        RunningServer server = await RunningServer.StartAsync();
        await using RawHandshake socket = await RawHandshake.JoinAsync(server.Room().Over(Carrier.Sockets));

        Task stopping = server.StopAsync();
        Assert.Contains("\"drain\"", Encoding.UTF8.GetString((await socket.NextAsync()).Payload), StringComparison.Ordinal);
        WebSocketFrame close = await socket.NextAsync();
        Assert.Equal(WebSocketWire.Close, close.Opcode);
        Assert.False(stopping.IsCompleted);

        await socket.SendAsync(LaneClient.Close);
        await socket.AssertEndAsync();
        await stopping;
        Assert.Equal(0, LaneOf(server).Open);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_is_told_not_to_wait_cuts_off_those_who_do_not_answer()
    {
        RunningServer server = await RunningServer.StartAsync();
        await using RawHandshake silent = await RawHandshake.JoinAsync(server.Room().Over(Carrier.Sockets));
        SocketLane lane = LaneOf(server);

        // Its patience is shorter than the time that a client has to answer a close frame.
        await server.DisposeAsync();
        await LaneClient.UntilAsync(() => lane.Open == 0);
    }

    private static SocketLane LaneOf(RunningServer server) => server.Services.GetRequiredService<SocketLane>();
}
