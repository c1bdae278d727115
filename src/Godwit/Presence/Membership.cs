using Godwit.Access;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;

namespace Godwit.Presence;

/// <summary>A reader's part in the members of its room: what it was told of them, and whether it keeps its session one. Shard only, once it is a reader's.</summary>
internal sealed class Membership(RoomPresence presence, Feed feed, Roster roster, Attendance? attendance, TimeSpan grace, Caller caller)
{
    private long _told = -1;
    private bool _hasList;
    private bool _hasEnded;

    /// <summary>Whether the client is behind.</summary>
    public bool HasNews => _told < roster.Published;

    /// <summary>What to tell the client.</summary>
    public ControlFrame Take(Framing framing)
    {
        RosterFrame frame = roster.Frame(_told, _hasList);
        byte[] octets = frame.Octets(framing);
        AnswerHold? hold = null;
        if (octets.Length > AnswerBudget.Free && ((hold = presence.Answers.Take(octets.Length)) is null || hold.Octets < octets.Length))
        {
            hold?.Dispose();
            hold = null;
            frame = roster.ShortFrame();
            octets = frame.Octets(framing);
        }

        _told = frame.To;
        _hasList = frame.HasList;
        return new ControlFrame(octets, hold);
    }

    /// <summary>The reader has gone.</summary>
    public void End(Departure departure)
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            presence.Leave(feed, attendance, departure, grace, caller);
        }
    }
}
