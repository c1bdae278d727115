using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Presence;

/// <summary>Who is a member of a room, and who is told of it.</summary>
internal sealed class RoomPresence(IBroker broker, RoomPolicies policies, RoomAccess access, Attendances attendances, MemberShares shares, AnswerBudget answers)
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
    /// <returns>Its part; and why its session is no member though it was to be one: <c>presence.full</c>, or <c>presence.limit</c>.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<(Membership Membership, ErrorCode? Why)> EnterAsync(Feed feed, PresenceAsked asked, Caller caller, UInt128 session)
    {
        PresencePolicy policy = policies.For(feed.Room).Presence;
        Roster roster = await _rosters.HoldAsync(feed, policy.SampleAbove).ConfigureAwait(false);
        try
        {
            Attendance? attendance = null;
            ErrorCode? why = null;
            if (asked.IsMember)
            {
                (attendance, why) = await EnterAsync(feed.Room, asked, caller, session, policy.Members).ConfigureAwait(false);
            }

            return (new Membership(this, feed, roster, attendance, policy.Grace, caller), why);
        }
        catch
        {
            _rosters.Release(feed);
            throw;
        }
    }

    private async ValueTask<(Attendance? Attendance, ErrorCode? Why)> EnterAsync(RoomName room, PresenceAsked asked, Caller caller, UInt128 session, int most)
    {
        if (!shares.TryEnter(caller, room, session, most))
        {
            return (null, ErrorCode.PresenceLimit);
        }

        Attendance? attendance = null;
        try
        {
            attendance = await attendances.EnterAsync(room, session, caller.User, asked.State, most).ConfigureAwait(false);
        }
        finally
        {
            if (attendance is null)
            {
                shares.Leave(caller, room, session, TimeSpan.Zero);
            }
        }

        return (attendance, attendance is null ? ErrorCode.PresenceFull : null);
    }

    /// <summary>A reader takes no part any more.</summary>
    public void Leave(Feed feed, Attendance? attendance, Departure departure, TimeSpan grace, Caller caller)
    {
        _rosters.Release(feed);
        if (attendance is not null)
        {
            attendances.Leave(attendance, departure, grace);
            shares.Leave(caller, attendance.Room, attendance.Session, departure == Departure.Left ? TimeSpan.Zero : grace);
        }
    }

    /// <summary>Has a session that polls be a member of rooms, or be none any more; it was asked whether it may.</summary>
    /// <param name="rooms">The rooms, none twice, and what is wanted of each.</param>
    /// <param name="caller">Whose session it is.</param>
    /// <param name="session">Which.</param>
    /// <param name="wait">How long the poll may be held.</param>
    /// <returns>The rooms of which it is no member though it was to be one, and why: <c>presence.full</c>, or <c>presence.limit</c>.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public async ValueTask<IReadOnlyDictionary<RoomName, ErrorCode>> PollAsync(IReadOnlyList<(RoomName Room, PresenceAsked Asked)> rooms, Caller caller, UInt128 session, TimeSpan wait)
    {
        var renewals = new List<LeaseRenewal>(rooms.Count);
        var refused = new Dictionary<RoomName, ErrorCode>();
        foreach ((RoomName room, PresenceAsked asked) in rooms)
        {
            if (!asked.IsMember)
            {
                await attendances.StopPollingAsync(room, session).ConfigureAwait(false);
                shares.StopPolling(caller, room, session);
                continue;
            }

            int most = policies.For(room).Presence.Members;
            if (shares.TryPoll(caller, room, session, most, Attendances.Life + wait))
            {
                renewals.Add(Attendances.Poll(room, session, caller.User, asked.State, most, wait));
            }
            else
            {
                refused.Add(room, ErrorCode.PresenceLimit);
            }
        }

        foreach (LeaseRenewal[] batch in renewals.Chunk(Attendances.Batch))
        {
            IReadOnlyList<LeaseOutcome> outcomes = await attendances.PollAsync(batch).ConfigureAwait(false);
            for (int i = 0; i < batch.Length; i++)
            {
                if (outcomes[i] == LeaseOutcome.Full)
                {
                    refused.Add(batch[i].Room, ErrorCode.PresenceFull);
                    shares.StopPolling(caller, batch[i].Room, session);
                }
            }
        }

        return refused;
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
