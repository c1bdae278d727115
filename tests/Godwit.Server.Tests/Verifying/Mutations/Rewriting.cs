using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>Has a mutation change the frames of an answer, whatever transport it is of. What is no frame of a room passes as it is.</summary>
internal sealed partial class Rewriting(Mutation mutation, Link link, string? room)
{
    private readonly List<byte> _pending = [];
    private bool _isFirst = true;

    /// <summary>Rewrites the answer of a poll.</summary>
    public string Poll(string text)
    {
        List<ProbeFrame> frames = ProbeFrameParser.Answer(text, room!, 0, first: true);
        var entries = new List<string>();
        ProbeFrame head = frames[0];
        string? last = null;
        foreach (ProbeFrame frame in frames)
        {
            foreach (ProbeFrame changed in mutation.Frames(link, frame))
            {
                if (changed.Kind == ProbeFrameKind.Entry)
                {
                    entries.Add(FrameText.Json(changed, frame));
                    last = changed.Position;
                }
                else
                {
                    head = changed;
                }
            }
        }

        string position = last ?? head.Position!;
        string missing = head.Missing is { } range ? $",\"missing\":{{\"from\":{range.From},\"to\":{range.To}}}" : "";
        string next = After().Replace(frames[0].Next!, "after=" + position);
        return $"{{\"room\":\"{room}\",\"position\":\"{position}\",\"verdict\":\"{FrameText.Verdict(head)}\"{missing},\"entries\":[{string.Join(',', entries)}]{(head.More ? ",\"more\":true" : "")},\"next\":\"{next}\"}}";
    }

    /// <summary>Rewrites the answer of an exchange.</summary>
    public string Exchange(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement answer = document.RootElement;
        if (!answer.TryGetProperty("frames", out JsonElement frames) || frames.GetArrayLength() == 0)
        {
            return text;
        }

        var written = new List<string>();
        var rooms = new JsonObject();
        foreach (JsonElement element in frames.EnumerateArray())
        {
            foreach ((string json, ProbeFrame? frame) in Change(element.GetRawText()))
            {
                written.Add(json);
                if (frame is { Room: { } name, Position: { } position })
                {
                    rooms[name] = position;
                }
            }
        }

        // The replies and the session stay; a room whose error stands there keeps its position.
        foreach (JsonProperty kept in answer.GetProperty("rooms").EnumerateObject())
        {
            rooms.TryAdd(kept.Name, kept.Value.GetString());
        }

        IEnumerable<string> members = answer.EnumerateObject().Select(member => $"\"{member.Name}\":" + member.Name switch
        {
            "frames" => $"[{string.Join(',', written)}]",
            "rooms" => rooms.ToJsonString(),
            _ => member.Value.GetRawText(),
        });
        return "{" + string.Join(',', members) + "}";
    }

    /// <summary>Rewrites what of a stream of lines has come.</summary>
    public byte[] Lines(ReadOnlyMemory<byte> octets) => Cut(octets, "\n", line => line.Length == 0 ? "\n" : string.Concat(Change(line).Select(static changed => changed.Json + "\n")));

    /// <summary>Rewrites what of an event stream has come: of a room, or of a session.</summary>
    public byte[] Events(ReadOnlyMemory<byte> octets) => Cut(octets, "\n\n", block => room is null ? SessionBlock(block) : RoomBlock(block));

    /// <summary>Rewrites what of a server's WebSocket frames has come.</summary>
    public byte[] Messages(ReadOnlyMemory<byte> octets)
    {
        _pending.AddRange(octets.ToArray());
        var written = new MemoryStream();
        while (WireFrame.Take(_pending) is { } frame)
        {
            if (!frame.IsText)
            {
                written.Write(frame.Raw);
                continue;
            }

            foreach ((string json, _) in Change(Encoding.UTF8.GetString(frame.Payload)))
            {
                written.Write(WebSocketWire.Frame(WebSocketWire.Text, Encoding.UTF8.GetBytes(json), masked: false));
            }
        }

        return written.ToArray();
    }

    [GeneratedRegex("after=[^&]*")]
    private static partial Regex After();

    private byte[] Cut(ReadOnlyMemory<byte> octets, string end, Func<string, string> change)
    {
        _pending.AddRange(octets.ToArray());
        string text = Encoding.UTF8.GetString([.. _pending]);
        int last = text.LastIndexOf(end, StringComparison.Ordinal);
        if (last < 0)
        {
            return [];
        }

        // Octets of a letter that is not complete stand behind the last end.
        string whole = text[..(last + end.Length)];
        _pending.RemoveRange(0, Encoding.UTF8.GetByteCount(whole));
        return Encoding.UTF8.GetBytes(string.Concat(whole[..^end.Length].Split(end).Select(change)));
    }

    private string SessionBlock(string block) => block.StartsWith("data: ", StringComparison.Ordinal)
        ? string.Concat(Change(block["data: ".Length..]).Select(static changed => $"data: {changed.Json}\n\n"))
        : block + "\n\n";

    private string RoomBlock(string block)
    {
        // A comment is a line of its own before a block.
        int at = 0;
        while (at < block.Length && block[at] == ':')
        {
            at = block.IndexOf('\n', at) is var end and >= 0 ? end + 1 : block.Length;
        }

        string comments = block[..at];
        var fields = block[at..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(": ", 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
        if (fields.Count == 0)
        {
            return comments + "\n";
        }

        if (fields.GetValueOrDefault("event") == "godwit" && IsWithheld(fields["data"]))
        {
            return comments;
        }

        bool isFirst = _isFirst;
        _isFirst = false;
        ProbeFrame? frame = fields.GetValueOrDefault("event") == "godwit" ? Parse(fields["data"])
            : fields.TryGetValue("data", out string? data) ? new ProbeFrame(ProbeFrameKind.Entry, block, 0) { Room = room, Position = fields["id"], Offset = ProbeFrameParser.OffsetOf(fields["id"]), Event = fields["event"], Data = data }
            : new ProbeFrame(ProbeFrameKind.Joined, block, 0) { Room = room, Position = fields["id"], Verdict = Protocol.Verdict.Ok };
        if (frame is null)
        {
            return block + "\n\n";
        }

        return comments + string.Concat(mutation.Frames(link, frame).Select(changed => FrameText.Block(changed, isFirst && changed.Kind == ProbeFrameKind.Joined)));
    }

    private IEnumerable<(string Json, ProbeFrame? Frame)> Change(string json)
    {
        if (IsWithheld(json))
        {
            return [];
        }

        if (Parse(json) is not { } frame)
        {
            return [(json, null)];
        }

        return mutation.Frames(link, frame).Select(changed => (FrameText.Json(changed, frame), (ProbeFrame?)changed));
    }

    private bool IsWithheld(string json) => mutation.Withholds switch
    {
        ProbeFrameKind.Degraded => json.Contains("\"op\":\"degraded\"", StringComparison.Ordinal),
        ProbeFrameKind.Restored => json.Contains("\"op\":\"restored\"", StringComparison.Ordinal),
        _ => false,
    };

    private static ProbeFrame? Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("op").GetString() is "joined" or "entry" or "gap" or "reset" ? ProbeFrameParser.Frame(json, null, 0) : null;
    }
}
