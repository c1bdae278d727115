using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Sends the head of a request octet by octet, for whatever transport.</summary>
internal sealed class SlowHeaders : Abuser
{
    private static readonly string[] Requests =
    [
        "GET /rt/rooms/lobby HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nX-Padding: ",
        "GET /rt/rooms/lobby?wait=30 HTTP/1.1\r\nHost: localhost\r\nX-Padding: ",
        "GET /rt/session HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Padding: ",
        "POST /rt/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Padding: ",
    ];

    public override string Name => "slow headers";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        Count1();
        await SendAsync(socket, Requests[index % Requests.Length], cancel);
        while (true)
        {
            await SendAsync(socket, "x", cancel);
            await Task.Delay(500, cancel);
        }
    }
}

/// <summary>Opens a session's WebSocket and never says who it is.</summary>
internal sealed class NeverHello : Abuser
{
    public override string Name => "connections that never say hello";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        // Spread over the first second: a storm of handshakes is another test.
        await Task.Delay(Random.Shared.Next(1000), cancel);
        using Socket socket = await ConnectAsync(root, cancel);
        await SendAsync(socket, Upgrade(root, index, "/rt/session"), cancel);
        Count1();
        await DrinkAsync(socket, cancel);
    }
}

/// <summary>Joins and leaves rooms as fast as the server takes it.</summary>
internal sealed class JoinFlood : Abuser
{
    public override string Name => "a flood of joins";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        await SendAsync(socket, Upgrade(root, index, "/rt/session"), cancel);
        Task drinking = DrinkAsync(socket, cancel);
        await socket.SendAsync(Frames.Text("""{"op":"hello"}"""), cancel);
        for (int i = 0; !drinking.IsCompleted; i++)
        {
            string room = $"flood:{index}:{i % 50}";
            await socket.SendAsync(Frames.Text($$"""{"op":"join","room":"{{room}}","after":"start"}"""), cancel);
            await socket.SendAsync(Frames.Text($$"""{"op":"leave","room":"{{room}}"}"""), cancel);
            Count1();
        }
    }
}

/// <summary>Names rooms that nobody ever named.</summary>
internal sealed class RoomNameFlood : Abuser
{
    private static long _names;

    public override string Name => "a flood of room names";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        Task drinking = DrinkAsync(socket, cancel);
        while (!drinking.IsCompleted)
        {
            await SendAsync(socket, Head(root, index, $"GET /rt/rooms/name:{Interlocked.Increment(ref _names)}?after=now"), cancel);
            Count1();
        }
    }
}

/// <summary>Asks for the whole history of a room again and again, and takes none of it.</summary>
internal sealed class HistoryOfEverything : Abuser
{
    /// <summary>The room, which a test fills.</summary>
    public const string Room = "history";

    public override string Name => "the whole history of everything";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel, receiveBuffer: 4 << 10);
        switch (index % 4)
        {
            case 0:
                await SendAsync(socket, Head(root, index, $"GET /rt/rooms/{Room}?after=start", "Accept: application/x-ndjson\r\n"), cancel);
                break;
            case 1:
                for (int i = 0; i < 100; i++)
                {
                    await SendAsync(socket, Head(root, index, $"GET /rt/rooms/{Room}?after=start&limit=1000"), cancel);
                    Count1();
                }

                break;
            case 2:
                string body = $$"""{"send":[{{string.Join(',', Enumerable.Repeat($$"""{"op":"read","room":"{{Room}}","after":"start","limit":1000}""", 300))}}]}""";
                await SendAsync(socket, Head(root, index, "POST /rt/session", $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n") + body, cancel);
                break;
            default:
                await SendAsync(socket, Upgrade(root, index, "/rt/session"), cancel);
                await socket.SendAsync(Frames.Text("""{"op":"hello"}"""), cancel);
                for (int i = 0; i < 100; i++)
                {
                    await socket.SendAsync(Frames.Text($$"""{"op":"read","room":"{{Room}}","after":"start","limit":1000}"""), cancel);
                    Count1();
                }

                break;
        }

        Count1();
        await Task.Delay(Random.Shared.Next(2000, 4000), cancel);
    }
}

/// <summary>Sends a message in fragments that never ends, or announces one that is far too large.</summary>
internal sealed class OversizedFragments : Abuser
{
    public override string Name => "oversized messages in fragments";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        await SendAsync(socket, Upgrade(root, index, index % 2 == 0 ? "/rt/session" : "/rt/rooms/large"), cancel);
        Task drinking = DrinkAsync(socket, cancel);
        byte[] fragment = Frames.Fragment(first: true, new byte[64 << 10]);
        byte[] next = Frames.Fragment(first: false, new byte[64 << 10]);
        await socket.SendAsync(fragment, cancel);
        while (!drinking.IsCompleted)
        {
            await socket.SendAsync(next, cancel);
            Count1();
        }
    }
}

/// <summary>Sends lines of a publish stream that ask for nothing, as fast as the server takes them.</summary>
internal sealed class LineFlood : Abuser
{
    private static readonly string[] Lines = ["\n", "x\n", $$"""{"rooms":[{{string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"flood:{i}\""))}}],"data":1}""" + "\n"];

    public override string Name => "a flood of lines";

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        string line = Lines[index % Lines.Length];
        string lines = string.Concat(Enumerable.Repeat(line, Math.Max(1, (16 << 10) / line.Length)));
        await SendAsync(socket, Head(root, index, "POST /rt/publish", "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"), cancel);
        Task drinking = DrinkAsync(socket, cancel);
        while (!drinking.IsCompleted)
        {
            await SendAsync(socket, $"{lines.Length:x}\r\n{lines}\r\n", cancel);
            Count1();
        }
    }
}

/// <summary>Sends most of a body, and keeps the rest back for as long as the server waits.</summary>
internal sealed class StalledBodies : Abuser
{
    /// <summary>The octets of a body, a multiple of those of a piece.</summary>
    public const int Length = 1_000_000;

    /// <summary>What is sent at a time.</summary>
    public static readonly string Piece = new(' ', 50_000);

    /// <summary>The first piece of a body that is in order.</summary>
    public static readonly string Valid = """{"send":[]}""".PadRight(Piece.Length);

    public override string Name => "stalled bodies";

    /// <summary>The head of the request.</summary>
    public static string Head(Uri root, int index) => Head(root, index, "POST /rt/session", $"Content-Type: application/json\r\nContent-Length: {Length}\r\n");

    protected override async Task LiveAsync(Uri root, int index, CancellationToken cancel)
    {
        using Socket socket = await ConnectAsync(root, cancel);
        await SendAsync(socket, Head(root, index), cancel);
        Task drinking = DrinkAsync(socket, cancel);
        for (int sent = 0; sent < Length - Piece.Length && !drinking.IsCompleted; sent += Piece.Length)
        {
            await SendAsync(socket, Piece, cancel);
        }

        Count1();
        while (!drinking.IsCompleted)
        {
            await SendAsync(socket, " ", cancel);
            await Task.WhenAny(drinking, Task.Delay(1000, cancel));
        }
    }
}

/// <summary>Frames as clients send them, masked with zeros.</summary>
internal static class Frames
{
    public static byte[] Text(string text) => Frame(0x81, Encoding.UTF8.GetBytes(text));

    public static byte[] Fragment(bool first, byte[] payload)
    {
        payload.AsSpan().Fill((byte)' ');
        return Frame((byte)(first ? 0x01 : 0x00), payload);
    }

    private static byte[] Frame(byte head, byte[] payload)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
        return payload.Length switch
        {
            < 126 => [head, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload],
            < 65536 => [head, 0x80 | 126, .. length[6..], 0, 0, 0, 0, .. payload],
            _ => [head, 0x80 | 127, .. length, 0, 0, 0, 0, .. payload],
        };
    }
}
