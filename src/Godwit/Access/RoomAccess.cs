using Godwit.Administration;
using Godwit.Brokers;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Access;

/// <summary>Decides what a caller may do in a room: the one place for every transport, on joining, publishing, each poll, and again when credentials change.</summary>
/// <remarks>
/// A caller has in a room what its credential grants, and what the room's policy allows to everyone (<see cref="RoomPolicy.Anonymous"/>)
/// and to everyone who is known (<see cref="RoomPolicy.Users"/>; where the pattern has <c>{user}</c>, to that one alone). API keys have
/// what they are granted. Tickets and links are bound to what they were made for.
/// </remarks>
internal sealed class RoomAccess(RoomPolicies policies, CallerLimits? limits = null, Revocations? revocations = null)
{
    /// <summary>The rights of a caller in a room.</summary>
    public Rights Of(Caller caller, RoomName room)
    {
        if (caller.IsUnchecked)
        {
            return Rights.All;
        }

        Rights rights = caller.Grants.In(room, caller.User);
        if (caller.Kind is not (CallerKind.ApiKey or CallerKind.Link))
        {
            RoomPolicy policy = policies.For(room);
            rights |= policy.Anonymous;
            if (!caller.IsAnonymous && (!policy.Pattern.NamesUser || policy.Pattern.Matches(room.ToString(), caller.User)))
            {
                rights |= policy.Users;
            }
        }

        return caller.Bounds is { } bounds ? rights & bounds.In(room, caller.User) : rights;
    }

    /// <summary>Whether a caller's credential was revoked.</summary>
    public bool IsRevoked(Caller caller) => revocations?.Covers(caller) == true;

    /// <summary>Whether a caller lacks a right.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="room">Where.</param>
    /// <param name="need">The rights that it takes, all of them.</param>
    /// <param name="refusal">What to answer, where the result is true: 401 to anonymous callers, 403 to all others.</param>
    public bool Refuses(Caller caller, RoomName room, Rights need, out AccessRefusal refusal)
    {
        refusal = default;
        if (caller.IsUnchecked)
        {
            return false;
        }

        if (IsRevoked(caller))
        {
            refusal = Revocations.Refusal;
            return true;
        }

        Rights missing = need & ~Of(caller, room);
        if (missing == Rights.None)
        {
            return false;
        }

        string rights = string.Join(" and ", RightNames.Of(missing));
        refusal = caller.IsAnonymous
            ? new AccessRefusal(ErrorCode.CredentialMissing, $"Without a credential there is no right to {rights} in the room {room}.")
            : new AccessRefusal(ErrorCode.AccessDenied, $"There is no right to {rights} in the room {room}.");
        return true;
    }

    /// <summary>Whether a caller may not publish to a room, or not so often.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="room">Where.</param>
    /// <param name="refusal">What to answer, where the result is true; for a rate with the time after which to try again.</param>
    public bool RefusesPublish(Caller caller, RoomName room, out AccessRefusal refusal) =>
        Refuses(caller, room, Rights.Publish, out refusal) || IsAboveRate(caller, room, out refusal);

    /// <summary>Whether a caller sends to all of a room more often than it may. Each time that it does not is counted.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="room">Where.</param>
    /// <param name="refusal">What to answer, where the result is true, with the time after which to try again.</param>
    public bool IsAboveRate(Caller caller, RoomName room, out AccessRefusal refusal)
    {
        refusal = default;
        return limits is not null && limits.RefusesPublish(caller, room, out refusal);
    }

    /// <summary>Whether a caller may not read a room as it asks to.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="room">Where.</param>
    /// <param name="from">Where reading is to begin. To begin in the past takes <see cref="Rights.History"/>; to resume does not, but then the past stays closed where the position does not prove that its holder was there.</param>
    /// <param name="refusal">What to answer, where the result is true.</param>
    public bool RefusesRead(Caller caller, RoomName room, ref ReadFrom from, out AccessRefusal refusal)
    {
        refusal = default;
        if (caller.IsUnchecked)
        {
            return false;
        }

        Rights need = from.Kind is ReadFromKind.Now or ReadFromKind.After ? Rights.Read : Rights.Read | Rights.History;
        if (Refuses(caller, room, need, out refusal))
        {
            return true;
        }

        if (need == Rights.Read && (Of(caller, room) & Rights.History) == 0)
        {
            from = from.WithoutPast();
        }

        return false;
    }
}
