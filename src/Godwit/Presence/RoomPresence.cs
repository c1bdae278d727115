using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Presence;

/// <summary>Who is a member of a room, and who is told of it.</summary>
internal sealed class RoomPresence(IBroker broker, RoomPolicies policies, RoomAccess access, Attendances attendances, AnswerBudget answers)
{
    /// <summary>The most members of a page.</summary>
    public const int PageMembers = 100;

    private readonly Rosters _rosters = new(broker);

    /// <summary>Bounds the frames that are on their way.</summary>
    public AnswerBudget Answers => answers;

    /// <summary>The number of rooms whose members are followed here.</summary>
    public int Rosters => _rosters.Count;

    /// <summary>Whether a caller may not have what it asks for of a room's members.</summary>
    public bool Refuses(Caller caller, RoomName room, byte[]? state, out FrameFault fault)
    {
        PresencePolicy policy = policies.For(room).Presence;
        fault = access.Refuses(caller, room, Rights.Presence, out AccessRefusal denied) ? new FrameFault(denied.Code, denied.Detail) { Retry = denied.Retry }
            : !policy.Enabled ? new FrameFault(ErrorCode.PresenceOff, "The setting presence.enabled is off for it.")
            : state?.Length > policy.StateBytes ? new FrameFault(ErrorCode.StateTooLarge, $"The state has {state.Length} octets; a member of this room may say {policy.StateBytes} of itself.")
            : default;
        fault = fault with { Room = room.ToString() };
        return fault.Code is not null;
    }

    /// <summary>Has a reader take part; it was asked whether it may.</summary>
    /// <param name="feed">Its room, which it holds.</param>
    /// <param name="asked">What the client wants.</param>
    /// <param name="caller">Whose it is.</param>
    /// <param name="session">The session that is to be a member.</param>
    /// <returns>Its part; and whether the room has no place for one more member.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<(Membership Membership, bool IsFull)> EnterAsync(Feed feed, PresenceAsked asked, Caller caller, UInt128 session)
    {
        PresencePolicy policy = policies.For(feed.Room).Presence;
        Roster roster = await _rosters.HoldAsync(feed, policy.SampleAbove).ConfigureAwait(false);
        try
        {
            Attendance? attendance = asked.IsMember ? await attendances.EnterAsync(feed.Room, session, caller.User, asked.State, policy.Members).ConfigureAwait(false) : null;
            return (new Membership(this, feed, roster, attendance, policy.Grace), asked.IsMember && attendance is null);
        }
        catch
        {
            _rosters.Release(feed);
            throw;
        }
    }

    /// <summary>A reader takes no part any more.</summary>
    public void Leave(Feed feed, Attendance? attendance, Departure departure, TimeSpan grace)
    {
        _rosters.Release(feed);
        if (attendance is not null)
        {
            attendances.Leave(attendance, departure, grace);
        }
    }

    /// <summary>Has a session that polls be a member of rooms, or be none any more; it was asked whether it may.</summary>
    /// <param name="rooms">The rooms, none twice, and what is wanted of each.</param>
    /// <param name="caller">Whose session it is.</param>
    /// <param name="session">Which.</param>
    /// <param name="wait">How long the poll may be held.</param>
    /// <returns>The rooms that have no place for one more member.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<IReadOnlyList<RoomName>> PollAsync(IReadOnlyList<(RoomName Room, PresenceAsked Asked)> rooms, Caller caller, UInt128 session, TimeSpan wait)
    {
        var renewals = new List<LeaseRenewal>(rooms.Count);
        foreach ((RoomName room, PresenceAsked asked) in rooms)
        {
            if (asked.IsMember)
            {
                renewals.Add(Attendances.Poll(room, session, caller.User, asked.State, policies.For(room).Presence.Members, wait));
            }
            else
            {
                await attendances.StopPollingAsync(room, session).ConfigureAwait(false);
            }
        }

        var full = new List<RoomName>();
        foreach (LeaseRenewal[] batch in renewals.Chunk(Attendances.Batch))
        {
            IReadOnlyList<LeaseOutcome> outcomes = await attendances.PollAsync(batch).ConfigureAwait(false);
            full.AddRange(batch.Where((_, index) => outcomes[index] == LeaseOutcome.Full).Select(static renewal => renewal.Room));
        }

        return full;
    }

    /// <summary>Changes what a member says of itself; it was asked whether it may.</summary>
    /// <returns>Whether the session is a member.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<bool> UpdateAsync(RoomName room, UInt128 session, byte[] state) =>
        await attendances.UpdateAsync(room, session, state).ConfigureAwait(false) == LeaseOutcome.Member;

    /// <summary>Reads a page of members.</summary>
    /// <param name="room">The room.</param>
    /// <param name="after">The session that the page before ended with.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>At least one member, if there is any behind the place, and no more than an answer takes.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<MemberPage> PageAsync(RoomName room, UInt128? after, CancellationToken cancel)
    {
        MemberPage page = await broker.MembersAsync(room, after, PageMembers, cancel).ConfigureAwait(false);
        int fits = 0;
        int octets = 0;
        while (fits < page.Members.Count && (fits == 0 || octets + MembersText.MaxLength(page.Members[fits]) <= Roster.MaxText))
        {
            octets += MembersText.MaxLength(page.Members[fits++]);
        }

        return fits == page.Members.Count ? page : new MemberPage(page.Count, [.. page.Members.Take(fits)], More: true);
    }
}
