using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>The answer of a session exchange that sent nothing.</summary>
/// <param name="Welcome">Who the client is.</param>
/// <param name="Rooms">The rooms of the next exchange, the JSON text as it came.</param>
/// <param name="Frames">Verdicts, then entries.</param>
/// <param name="More">Whether there is more at once.</param>
internal sealed record SessionAnswer(SessionWelcome Welcome, string Rooms, IReadOnlyList<ProbeFrame> Frames, bool More)
{
    /// <summary>Reads an answer.</summary>
    /// <param name="raw">The answer.</param>
    /// <param name="asked">The <c>rooms</c> of the request.</param>
    /// <param name="received">When it came.</param>
    /// <param name="first">Whether it is a reader's first: then a verdict is a <see cref="ProbeFrameKind.Joined"/>.</param>
    /// <exception cref="ContractException">The answer is not what the contract says.</exception>
    public static SessionAnswer Read(string raw, string asked, long received, bool first)
    {
        using JsonDocument document = ProbeFrameParser.Parse(raw);
        var fields = new ProbeFields(document.RootElement, raw);
        if (fields.List("replies").MoveNext())
        {
            throw new ContractException("There are replies to an exchange that sent nothing.", raw);
        }

        var frames = new List<ProbeFrame>();
        var positions = new Dictionary<string, string>(StringComparer.Ordinal);
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        JsonElement.ArrayEnumerator list = fields.List("frames");
        using JsonDocument question = JsonDocument.Parse(asked);
        foreach (JsonProperty room in question.RootElement.EnumerateObject())
        {
            if (!list.MoveNext())
            {
                throw new ContractException("There is no verdict for each room.", raw);
            }

            ProbeFrame verdict = ProbeFrameParser.Frame(list.Current, list.Current.GetRawText(), room.Name, received);
            frames.Add(Judged(verdict, room.Name, first, raw));
            if (verdict.Position is { } position)
            {
                positions.Add(room.Name, position);
            }
            else if (room.Value.ValueKind == JsonValueKind.String)
            {
                // A room that cannot be read now keeps the position that was presented, or has none.
                kept.Add(room.Name, room.Value.GetString()!);
            }
        }

        while (list.MoveNext())
        {
            ProbeFrame entry = ProbeFrameParser.Frame(list.Current, list.Current.GetRawText(), room: null, received);
            if (entry.Kind != ProbeFrameKind.Entry || !positions.ContainsKey(entry.Room!))
            {
                throw new ContractException("Something else than an entry of the rooms stands behind the verdicts.", raw);
            }

            positions[entry.Room!] = entry.Position!;
            frames.Add(entry);
        }

        return new SessionAnswer(SessionWelcome.Read(fields, raw), Positions(fields, positions, kept, raw), frames, fields.Flag("more"));
    }

    private static ProbeFrame Judged(ProbeFrame frame, string room, bool first, string raw) => frame.Kind switch
    {
        ProbeFrameKind.Error when frame.Room == room => frame,
        ProbeFrameKind.Joined => frame with
        {
            Kind = first ? ProbeFrameKind.Joined : frame.Verdict switch
            {
                Verdict.Gap => ProbeFrameKind.Gap,
                Verdict.Reset => ProbeFrameKind.Reset,
                _ => ProbeFrameKind.Answer,
            },
        },
        _ => throw new ContractException($"Neither a verdict nor an error of the room '{room}' stands in its place.", raw),
    };

    private static string Positions(ProbeFields fields, Dictionary<string, string> expected, Dictionary<string, string> kept, string raw)
    {
        int count = 0;
        foreach (JsonProperty room in fields.Members("rooms"))
        {
            if (room.Value.ValueKind == JsonValueKind.String && kept.TryGetValue(room.Name, out string? presented) && presented == room.Value.GetString())
            {
                continue;
            }

            count++;
            if (room.Value.ValueKind != JsonValueKind.String || !expected.TryGetValue(room.Name, out string? position) || position != room.Value.GetString())
            {
                throw new ContractException($"The position of the room '{room.Name}' is not that of its last frame.", raw);
            }
        }

        return count == expected.Count ? fields.RawText("rooms")! : throw new ContractException("A room that was read has no position.", raw);
    }
}
