using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>Reads frames and answers strictly: an unknown op, a field that is missing or of another type, or a malformed position is a <see cref="ContractException"/>.</summary>
internal static class ProbeFrameParser
{
    /// <summary>Reads a frame of a stream, which must be of this room if one is given.</summary>
    public static ProbeFrame Frame(string raw, string? room, long received)
    {
        using JsonDocument document = Parse(raw);
        return Frame(document.RootElement, raw, room, received);
    }

    /// <summary>Reads the answer of a poll: its head, then its entries.</summary>
    public static List<ProbeFrame> Answer(string raw, string room, long received, bool first)
    {
        using JsonDocument document = Parse(raw);
        var fields = new ProbeFields(document.RootElement, raw);
        ProbeFrame head = Judged(fields, raw, room, received, ProbeFrameKind.Joined);
        var frames = new List<ProbeFrame>
        {
            head with
            {
                Kind = first ? ProbeFrameKind.Joined : head.Verdict switch
                {
                    Verdict.Gap => ProbeFrameKind.Gap,
                    Verdict.Reset => ProbeFrameKind.Reset,
                    _ => ProbeFrameKind.Answer,
                },
                Next = fields.Text("next"),
                More = fields.Flag("more"),
            },
        };
        foreach (JsonElement entry in fields.List("entries"))
        {
            ProbeFrame frame = Frame(entry, entry.GetRawText(), room, received);
            if (frame.Kind != ProbeFrameKind.Entry)
            {
                throw new ContractException("Something else than an entry stands among the entries.", raw);
            }

            frames.Add(frame);
        }

        if (frames.Count > 1 && frames[^1].Position != head.Position)
        {
            throw new ContractException("The position of an answer is not that of its last entry.", raw);
        }

        frames[0] = frames[0] with { Following = frames.Count - 1 };
        return frames;
    }

    /// <summary>Reads a problem document.</summary>
    public static ProbeFrame Problem(string raw, int status, string? mediaType, long received)
    {
        if (mediaType != "application/problem+json")
        {
            throw new ContractException($"An answer with status {status} is of the type '{mediaType}', not application/problem+json.", raw) { Status = status };
        }

        using JsonDocument document = Parse(raw);
        var fields = new ProbeFields(document.RootElement, raw);
        fields.Text("title");
        if (fields.Whole("status") != status)
        {
            throw new ContractException("A problem document names another status than the answer's.", raw);
        }

        return new ProbeFrame(ProbeFrameKind.Error, raw, received) { Code = fields.Code(), Status = status, Retry = Milliseconds(fields, "retry") };
    }

    /// <summary>Reads a frame that stands in another text.</summary>
    public static ProbeFrame Frame(JsonElement element, string raw, string? room, long received)
    {
        var fields = new ProbeFields(element, raw);
        string op = fields.Text("op");
        return op switch
        {
            "joined" => Judged(fields, raw, room, received, ProbeFrameKind.Joined),
            "entry" => Entry(fields, raw, room, received),
            "gap" => new ProbeFrame(ProbeFrameKind.Gap, raw, received) { Room = fields.Room(room), Position = fields.Position(), Verdict = Verdict.Gap, Missing = fields.Missing() },
            "reset" => new ProbeFrame(ProbeFrameKind.Reset, raw, received) { Room = fields.Room(room), Position = fields.Position(), Verdict = Verdict.Reset },
            "left" => new ProbeFrame(ProbeFrameKind.Left, raw, received) { Room = fields.Room(room), Code = fields.Code() },
            "degraded" => new ProbeFrame(ProbeFrameKind.Degraded, raw, received) { Room = fields.OptionalText("room") },
            "restored" => new ProbeFrame(ProbeFrameKind.Restored, raw, received) { Room = fields.OptionalText("room") },
            "drain" => Drain(fields, raw, received),
            "error" => Error(fields, raw, received),
            _ => throw new ContractException($"The op '{op}' is unknown.", raw),
        };
    }

    private static ProbeFrame Judged(ProbeFields fields, string raw, string? room, long received, ProbeFrameKind kind)
    {
        Verdict verdict = fields.Text("verdict") switch
        {
            "ok" => Verdict.Ok,
            "gap" => Verdict.Gap,
            "reset" => Verdict.Reset,
            var other => throw new ContractException($"The verdict '{other}' is unknown.", raw),
        };
        if (fields.Has("missing") != (verdict == Verdict.Gap))
        {
            throw new ContractException("'missing' stands there exactly when the verdict is gap.", raw);
        }

        return new ProbeFrame(kind, raw, received)
        {
            Room = fields.Room(room),
            Position = fields.Position(),
            Verdict = verdict,
            Missing = verdict == Verdict.Gap ? fields.Missing() : null,
        };
    }

    private static ProbeFrame Entry(ProbeFields fields, string raw, string? room, long received)
    {
        if (fields.Has("data") == fields.Has("bytes"))
        {
            throw new ContractException("An entry has exactly one of 'data' and 'bytes'.", raw);
        }

        string position = fields.Position();
        long offset = fields.Whole("offset");
        if (OffsetOf(position) != offset)
        {
            throw new ContractException("The offset of an entry is not that of its position.", raw);
        }

        return new ProbeFrame(ProbeFrameKind.Entry, raw, received)
        {
            Room = fields.Room(room),
            Position = position,
            Offset = offset,
            Event = fields.Event(),
            Data = fields.RawText("data"),
            Bytes = fields.Octets("bytes"),
            Time = fields.Whole("time"),
            From = fields.OptionalText("from"),
        };
    }

    private static ProbeFrame Drain(ProbeFields fields, string raw, long received)
    {
        fields.Whole("closes");
        fields.Whole("back");
        return new ProbeFrame(ProbeFrameKind.Drain, raw, received) { Retry = Milliseconds(fields, "back") };
    }

    private static ProbeFrame Error(ProbeFields fields, string raw, long received)
    {
        fields.Text("title");
        return new ProbeFrame(ProbeFrameKind.Error, raw, received) { Code = fields.Code(), Room = fields.OptionalText("room"), Id = fields.RawText("id"), Retry = Milliseconds(fields, "retry") };
    }

    private static int? Milliseconds(ProbeFields fields, string name) => fields.Has(name) ? (int)Math.Min(fields.Whole(name), int.MaxValue) : null;

    /// <summary>The offset in a position's text.</summary>
    /// <exception cref="ContractException">It is not a position.</exception>
    public static long OffsetOf(string position) =>
        Godwit.Protocol.Position.TryParse(position, out Position parsed) ? parsed.Offset : throw new ContractException("A position is malformed.", position);

    /// <summary>Makes sure that a text is JSON.</summary>
    /// <exception cref="ContractException">It is not.</exception>
    public static void RequireJson(string raw) => Parse(raw).Dispose();

    /// <summary>Parses what was received.</summary>
    /// <exception cref="ContractException">It is not JSON.</exception>
    public static JsonDocument Parse(string raw)
    {
        try
        {
            return JsonDocument.Parse(raw, new JsonDocumentOptions { MaxDepth = 80 });
        }
        catch (JsonException fault)
        {
            throw new ContractException($"A frame is not JSON: {fault.Message}", raw);
        }
    }
}
