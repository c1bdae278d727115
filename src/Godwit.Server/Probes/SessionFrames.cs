using System.Text.Json;

namespace Godwit.Server.Probes;

/// <summary>Reads the frames that come over one connection of a session: one <c>welcome</c> first; of each room one <c>joined</c>, and nothing before it.</summary>
/// <param name="rooms">The rooms that were asked for.</param>
/// <param name="mayOvertake">Whether entries come over a channel of their own, in no order with the rest.</param>
internal sealed class SessionFrames(SessionRooms rooms, bool mayOvertake = false)
{
    private readonly HashSet<string> _joined = new(StringComparer.Ordinal);

    /// <summary>What the server said first; null until it came.</summary>
    public SessionWelcome? Welcome { get; private set; }

    /// <summary>Reads a frame; null for <c>welcome</c>, which is of no room.</summary>
    public ProbeFrame? Read(string raw, long received)
    {
        using JsonDocument document = ProbeFrameParser.Parse(raw);
        var fields = new ProbeFields(document.RootElement, raw);
        string op = fields.Text("op");
        if (op == "welcome")
        {
            if (Welcome is not null)
            {
                throw new ContractException("A second 'welcome' came.", raw);
            }

            Welcome = SessionWelcome.Read(fields, raw);
            return fields.Whole("heartbeat") > 0 ? null : throw new ContractException("A session has no heartbeat.", raw);
        }

        ProbeFrame frame = op == "reply" ? Reply(fields, raw, received) : ProbeFrameParser.Frame(document.RootElement, raw, room: null, received);
        Check(frame);
        return frame;
    }

    private static ProbeFrame Reply(ProbeFields fields, string raw, long received) => new(ProbeFrameKind.Reply, raw, received)
    {
        Id = fields.RawText("id"),
        Position = fields.Has("position") ? fields.Position() : null,
        Duplicate = fields.Has("duplicate") && fields.Truth("duplicate"),
    };

    private void Check(ProbeFrame frame)
    {
        if (mayOvertake && frame.Kind == ProbeFrameKind.Entry && rooms.Has(frame.Room!))
        {
            return;
        }

        if (Welcome is null && frame.Kind is not (ProbeFrameKind.Error or ProbeFrameKind.Drain))
        {
            throw new ContractException("The first frame is not 'welcome'.", frame.Raw);
        }

        // The room of an error may be one that was asked for under a name that is none.
        if (frame.Room is not { } room || frame.Kind == ProbeFrameKind.Error)
        {
            return;
        }

        if (!rooms.Has(room))
        {
            throw new ContractException("A frame is of a room that was not asked for.", frame.Raw);
        }

        if (frame.Kind == ProbeFrameKind.Joined ? !_joined.Add(room) : !_joined.Contains(room))
        {
            throw new ContractException(frame.Kind == ProbeFrameKind.Joined ? "A second 'joined' of a room came." : "A frame comes before 'joined' of its room.", frame.Raw);
        }
    }
}
