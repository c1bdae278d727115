using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Lanes.Sockets;

/// <summary>TCP may cut what a client sends anywhere: nothing of it is lost or repeated.</summary>
public sealed class SplitTests(SharedServer shared)
{
    private const int AtOnce = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handshake_with_frames_behind_it_arrives_whole_however_it_is_cut()
    {
        ProbeTarget target = shared.Room().Over(Carrier.Sockets);
        byte[] whole = Whole(target);
        string uncut = await SendAsync(target, whole, whole.Length);
        Assert.Contains("\"data\":\"second\"", uncut, StringComparison.Ordinal);

        var answers = new string[whole.Length];
        await Parallel.ForAsync(1, whole.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (at, _) =>
        {
            ProbeTarget room = shared.Room().Over(Carrier.Sockets);
            answers[at] = (await SendAsync(room, Whole(room), at)).Replace(room.Room, target.Room, StringComparison.Ordinal);
        });

        Assert.All(answers[1..], answer => Assert.Equal(uncut, answer));
    }

    [Fact]
    public async Task Octets_that_come_one_by_one_arrive_whole()
    {
        ProbeTarget target = shared.Room().Over(Carrier.Sockets);
        byte[] whole = Whole(target);
        string uncut = await SendAsync(target, whole, whole.Length);

        ProbeTarget other = shared.Room().Over(Carrier.Sockets);
        using Socket socket = await LaneClient.ConnectAsync(other.Mount);
        foreach (byte octet in Whole(other))
        {
            await socket.SendAsync(new[] { octet }, Cancel);
        }

        Assert.Equal(uncut, await ReceiveAsync(socket, "one by one"));
    }

    private static byte[] Whole(ProbeTarget target) =>
    [
        .. Encoding.Latin1.GetBytes(LaneClient.Handshake(target)),
        .. WebSocketWire.Frame(WebSocketWire.Text, "\"first\""u8),
        .. WebSocketWire.Frame(WebSocketWire.Ping, "ping"u8),
        .. WebSocketWire.Frame(WebSocketWire.Text, "\"sec"u8, final: false),
        .. WebSocketWire.Frame(WebSocketWire.Continuation, "ond\""u8),
    ];

    /// <summary>Sends it in two parts, and what the server sent until it had taken all of it.</summary>
    private static async Task<string> SendAsync(ProbeTarget target, byte[] whole, int at)
    {
        using Socket socket = await LaneClient.ConnectAsync(target.Mount);
        await socket.SendAsync(whole.AsMemory(0, at), Cancel);
        if (at < whole.Length)
        {
            // Long enough for the first part to be looked at by itself, most of the time; either way the result is the same.
            await Task.Yield();
            await socket.SendAsync(whole.AsMemory(at), Cancel);
        }

        return await ReceiveAsync(socket, $"cut at {at}");
    }

    private static async Task<string> ReceiveAsync(Socket socket, string how)
    {
        // The reader is sent its own entries before its connection is closed.
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!answer.ToString().Contains("\"second\"", StringComparison.Ordinal) || !answer.ToString().Contains("ping", StringComparison.Ordinal))
        {
            int length = await socket.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.True(length > 0, $"With what was sent {how}, the connection ended after: {answer}");
            answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
        }

        await socket.SendAsync(LaneClient.Close, Cancel);
        string entries = string.Join(' ', answer.ToString().Split("\"data\":")[1..].Select(static part => part[..part.IndexOf(',', StringComparison.Ordinal)]));
        return $"\"data\":\"second\" {entries} {answer.ToString().Split("joined").Length} {answer.ToString().Split("ping").Length} {(await socket.AnswerAsync()).Length}";
    }
}
