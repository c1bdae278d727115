using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Godwit.Protocol.WebSockets;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What arrives on a WebSocket, however it is cut, against the platform's own WebSocket.</summary>
public class WebSocketTargets
{
    private const int MaxMessage = 4096;

    private static readonly byte[][] Seeds =
    [
        Frame(WebSocketOpcode.Text, true, "hello"), Frame(WebSocketOpcode.Binary, true, "\0\u0001"), Frame(WebSocketOpcode.Text, true, ""),
        [.. Frame(WebSocketOpcode.Text, false, "é"), .. Frame(WebSocketOpcode.Ping, true, "p"), .. Frame(WebSocketOpcode.Continuation, false, "€"), .. Frame(WebSocketOpcode.Continuation, true, "😀")],
        [.. Frame(WebSocketOpcode.Binary, true, new string('x', 126)), .. Frame(WebSocketOpcode.Pong, true, "")],
        [.. Frame(WebSocketOpcode.Text, true, new string('y', 700)), .. Frame(WebSocketOpcode.Text, true, "{}")],
        Frame(WebSocketOpcode.Close, true, "\u0003\u0068bye"), Frame(WebSocketOpcode.Close, true, ""), [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8],
        [.. Frame(WebSocketOpcode.Text, true, "1"), 0x88, 0x85, 1, 2, 3, 4, 0x0E, 0xA3, 0x61 ^ 3, 0x62 ^ 4, 0x63 ^ 1],
        [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0x10, 0, 1, 2, 3, 4], [0x82, 0xFE, 0x10, 0x01, 1, 2, 3, 4],
    ];

    private static readonly byte[][] Dictionary =
    [
        .. Seeds, .. Tokens.Common, [0x81, 0x80, 0, 0, 0, 0], [0x80, 0x80, 0, 0, 0, 0], [0x01, 0x81, 0, 0, 0, 0, 0xE2], [0x80, 0x82, 0, 0, 0, 0, 0x82, 0xAC],
        [0x89, 0xFD], [0x89, 0xFE, 0, 126], [0xC1, 0x80], [0x83, 0x80], [0x81, 0x00], [0xFF, 0xFF], [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
    ];

    private sealed record Seen(WebSocketReceivedKind Kind, string Payload, WebSocketCloseCode Code, string Reason);

    [Fact]
    public void What_is_read_does_not_depend_on_how_it_arrives_and_takes_no_more_memory_than_arrived() => Campaign.Run("websocket", Seeds, Dictionary, static (input, random) =>
    {
        List<Seen> whole = ReadInPlace(input, random: null);
        Assert.Equal(whole, ReadInPlace(input, random));
        Assert.Equal(whole, ReadSequence(input, random));
        Assert.True(whole.Count(seen => seen.Kind is WebSocketReceivedKind.Close or WebSocketReceivedKind.Violation) <= 1);
        foreach (Seen seen in whole.Where(seen => seen.Kind == WebSocketReceivedKind.Violation))
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(seen.Reason), 1, WebSocketFrameWriter.MaxCloseReason);
            Assert.True(seen.Code is WebSocketCloseCode.ProtocolError or WebSocketCloseCode.InvalidPayload or WebSocketCloseCode.MessageTooBig);
        }

        if (random.OneIn(8))
        {
            AgreesWithPlatform(input, whole);
        }

        var signature = new Signature().With(whole.Count);
        foreach (Seen seen in whole.TakeLast(3))
        {
            signature = signature.With((int)seen.Kind).With((int)seen.Code).With(seen.Kind == WebSocketReceivedKind.Violation ? seen.Reason : null);
        }

        return signature;
    });

    [Fact]
    public void A_handshake_is_taken_exactly_where_RFC_6455_allows_it() => Campaign.Run(
        "handshake",
        [.. Tokens.Texts("websocket\nUpgrade\ndGhlIHNhbXBsZSBub25jZQ==\n13", "h2c, WebSocket\nkeep-alive, Upgrade\nAAAAAAAAAAAAAAAAAAAAAA==\n13")],
        [.. Tokens.Texts("websocket", "upgrade", "Upgrade", "13", "8", "==", "AAAA", ", ", "\n"), .. Tokens.Common],
        static (input, _) =>
    {
        string?[] headers = [.. Text.Of(input).Split('\n')];
        Array.Resize(ref headers, 4);
        var allowance = Allowance.Begin();
        ErrorCode? wrong = WebSocketHandshake.Check(headers[0], headers[1], headers[2], headers[3], out string detail);
        allowance.Check(input.Length, 0);
        bool right = Lists(headers[0], "websocket") && Lists(headers[1], "upgrade") && headers[3] == "13" && headers[2] is { Length: 24 } key && IsBase64(key);
        Assert.Equal(right, wrong is null);
        Assert.Equal(right, detail.Length == 0);
        if (right)
        {
            Assert.Equal(28, WebSocketHandshake.Accept(headers[2]!).Length);
        }

        return new Signature().With(wrong?.Code).With(detail);

        static bool Lists(string? header, string token) => header?.Split(',').Any(item => item.Trim(' ', '\t').Equals(token, StringComparison.OrdinalIgnoreCase)) == true;
        static bool IsBase64(string key) => key.EndsWith("==", StringComparison.Ordinal) && key[..22].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/');
    });

    private static List<Seen> ReadInPlace(byte[] input, Xoshiro? random)
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, MaxMessage);
        var seen = new List<Seen>();
        byte[] copy = [.. input];
        for (int at = 0; at < copy.Length;)
        {
            int length = random is null ? copy.Length : Math.Min(copy.Length - at, 1 + random.Below(random.OneIn(3) ? 64 : 4));
            Memory<byte> piece = copy.AsMemory(at, length);
            at += length;
            while (reader.TryRead(ref piece, out WebSocketReceived received))
            {
                seen.Add(Copy(received));
            }

            Assert.True(piece.IsEmpty);
            IsModest(reader, at);
        }

        return seen;
    }

    private static List<Seen> ReadSequence(byte[] input, Xoshiro random)
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, MaxMessage);
        var seen = new List<Seen>();
        var first = new Piece(default, null);
        Piece last = first;
        for (int at = 0; at < input.Length;)
        {
            int length = Math.Min(input.Length - at, random.Below(32));
            last = new Piece(input.AsMemory(at, length), last);
            at += length;
        }

        var sequence = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        var allowance = Allowance.Begin();
        int found = 0;
        while (reader.TryRead(ref sequence, out WebSocketReceived received))
        {
            seen.Add(Copy(received));
            found += 400 + (received.Payload.Length * 8);
        }

        allowance.Check(input.Length, 8, found);
        Assert.True(sequence.IsEmpty);
        IsModest(reader, input.Length);
        return seen;
    }

    private static void IsModest(WebSocketReader reader, int arrived) => Assert.InRange(reader.BufferLength, 0, Math.Max(256, 4 * arrived));

    /// <summary>The platform takes the same messages: all of them where nothing is wrong, and no others before a violation.</summary>
    private static void AgreesWithPlatform(byte[] input, List<Seen> ours)
    {
        List<string> theirs = [];
        bool failed = false;
        using var wire = new Wire(input);
        using var socket = WebSocket.CreateFromStream(wire, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        byte[] buffer = new byte[Mutator.MaxLength + 1];
        try
        {
            int length = 0;
            while (true)
            {
                // The wire is memory: nothing is ever waited for.
                ValueTask<ValueWebSocketReceiveResult> receiving = socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                ValueWebSocketReceiveResult received = receiving.AsTask().GetAwaiter().GetResult();
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                length += received.Count;
                if (received.EndOfMessage)
                {
                    theirs.Add(Convert.ToHexString(buffer.AsSpan(0, length)));
                    length = 0;
                }
            }
        }
        catch (WebSocketException)
        {
            failed = true;
        }

        string[] messages = [.. ours.Where(seen => seen.Kind is WebSocketReceivedKind.Text or WebSocketReceivedKind.Binary).Select(seen => seen.Payload)];
        int common = Math.Min(messages.Length, theirs.Count);
        Assert.Equal(messages[..common], theirs[..common]);
        if (ours.Count == 0 || ours[^1].Kind != WebSocketReceivedKind.Violation)
        {
            Assert.Equal(messages.Length, theirs.Count);
            Assert.True(ours.Count == 0 || ours[^1].Kind != WebSocketReceivedKind.Close || !failed, "The platform refuses what is taken here.");
        }
    }

    private static Seen Copy(in WebSocketReceived received) => new(received.Kind, Convert.ToHexString(received.Payload.Span), received.CloseCode, received.Reason);

    private static byte[] Frame(WebSocketOpcode opcode, bool fin, string text)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        byte[] frame = new byte[WebSocketFrameWriter.FrameLength(payload.Length, WebSocketRole.Client)];
        WebSocketFrameWriter.WriteMaskedFrame(frame, opcode, fin, payload, 0x04030201);
        return frame;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }

    /// <summary>A connection on which everything has arrived and whatever is sent is dropped.</summary>
    private sealed class Wire(byte[] input) : MemoryStream(input, writable: false)
    {
        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
