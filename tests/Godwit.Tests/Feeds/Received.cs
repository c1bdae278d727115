using System.Text;
using System.Text.Json;
using Godwit.Feeds.Framings;
using Godwit.Protocol;

namespace Godwit.Tests.Feeds;

/// <summary>A frame as a client sees it.</summary>
/// <param name="Op">The <c>op</c>; <c>heartbeat</c>, or <c>close</c> with the code as offset.</param>
/// <param name="Room">The room, where the frame names it.</param>
/// <param name="Position">The position, where the frame has one.</param>
/// <param name="Offset">The offset of an entry.</param>
/// <param name="Data">The data of an entry as JSON text.</param>
/// <param name="Missing">The lost range.</param>
/// <param name="Verdict">The verdict of <c>joined</c>.</param>
internal sealed record Received(string Op, string? Room = null, Position? Position = null, long Offset = 0, string? Data = null, OffsetRange? Missing = null, string? Verdict = null)
{
    /// <summary>Parses what arrived, strictly; a last frame that is not whole is left out.</summary>
    public static List<Received> Parse(Framing framing, byte[] octets, out int whole)
    {
        var frames = new List<Received>();
        whole = 0;
        while (whole < octets.Length)
        {
            ReadOnlySpan<byte> rest = octets.AsSpan(whole);
            int length = framing == Framing.WebSocket ? WebSocketFrame(rest, frames)
                : framing == Framing.Ndjson ? Line(rest, frames)
                : Block(rest, frames);
            if (length == 0)
            {
                break;
            }

            whole += length;
        }

        return frames;
    }

    private static int WebSocketFrame(ReadOnlySpan<byte> octets, List<Received> frames)
    {
        if (octets.Length < 2)
        {
            return 0;
        }

        // Never masked, so the high bit of the length is clear.
        Assert.InRange(octets[1], 0, 127);
        int header = octets[1] switch { 126 => 4, 127 => 10, _ => 2 };
        if (octets.Length < header)
        {
            return 0;
        }

        long length = header == 2 ? octets[1] : 0;
        foreach (byte octet in octets[2..header])
        {
            length = (length << 8) | octet;
        }

        Assert.True(header == 2 || length >= (header == 4 ? 126 : 65536), "The length is written longer than it has to be.");
        if (octets.Length < header + length)
        {
            return 0;
        }

        ReadOnlySpan<byte> payload = octets.Slice(header, (int)length);
        switch (octets[0])
        {
            case 0x81:
                frames.Add(Object(payload));
                break;
            case 0x88:
                frames.Add(new Received("close", Offset: (payload[0] << 8) | payload[1], Data: Encoding.UTF8.GetString(payload[2..])));
                break;
            case 0x89:
                Assert.Equal(0, length);
                frames.Add(new Received("heartbeat"));
                break;
            default:
                Assert.Fail($"A frame begins with {octets[0]:x2}.");
                break;
        }

        return header + (int)length;
    }

    private static int Line(ReadOnlySpan<byte> octets, List<Received> frames)
    {
        int end = octets.IndexOf((byte)'\n');
        if (end < 0)
        {
            return 0;
        }

        frames.Add(end == 0 ? new Received("heartbeat") : Object(octets[..end]));
        return end + 1;
    }

    private static int Block(ReadOnlySpan<byte> octets, List<Received> frames)
    {
        int end = octets.IndexOf("\n\n"u8);
        if (end < 0)
        {
            return 0;
        }

        string[] lines = Encoding.UTF8.GetString(octets[..end]).Split('\n');
        if (lines is [":"])
        {
            frames.Add(new Received("heartbeat"));
            return end + 2;
        }

        var fields = lines.Select(static line => line.Split(": ", 2)).ToDictionary(static field => field[0], static field => field[1]);
        Assert.Subset(new HashSet<string> { "retry", "id", "event", "data" }, fields.Keys.ToHashSet());
        Position? id = fields.TryGetValue("id", out string? text) && Protocol.Position.TryParse(text, out Position position) ? position : null;
        bool isControl = fields.GetValueOrDefault("event") == "godwit";
        if (!fields.TryGetValue("data", out string? data))
        {
            frames.Add(new Received("joined", Position: id, Verdict: "ok"));
        }
        else if (isControl || data.StartsWith("{\"op\":\"entry\"", StringComparison.Ordinal))
        {
            Received frame = Object(Encoding.UTF8.GetBytes(data));
            Assert.Equal(frame.Position, id ?? frame.Position);
            frames.Add(frame);
        }
        else
        {
            frames.Add(new Received("entry", Position: id, Offset: id!.Value.Offset, Data: data));
        }

        return end + 2;
    }

    private static Received Object(ReadOnlySpan<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToArray());
        JsonElement frame = document.RootElement;
        Position? position = null;
        if (frame.TryGetProperty("position", out JsonElement text))
        {
            Assert.True(Protocol.Position.TryParse(text.GetString(), out Position parsed));
            position = parsed;
        }

        return new Received(
            frame.GetProperty("op").GetString()!,
            frame.TryGetProperty("room", out JsonElement room) ? room.GetString() : null,
            position,
            frame.TryGetProperty("offset", out JsonElement offset) ? offset.GetInt64() : 0,
            frame.TryGetProperty("data", out JsonElement data) ? data.GetRawText() : null,
            frame.TryGetProperty("missing", out JsonElement missing) ? new OffsetRange(missing.GetProperty("from").GetInt64(), missing.GetProperty("to").GetInt64()) : null,
            frame.TryGetProperty("verdict", out JsonElement verdict) ? verdict.GetString() : null);
    }
}
