using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>The policies of a server. The first whose pattern matches a room is that room's.</summary>
public sealed class RoomPolicies
{
    private readonly RoomPolicy[] _policies;

    /// <summary>Makes the list; a last policy for <c>**</c> with the defaults is added if there is none.</summary>
    public RoomPolicies(IEnumerable<RoomPolicy> policies)
    {
        var list = new List<RoomPolicy>(policies);
        if (list.Count == 0 || list[^1].Pattern.ToString() != "**")
        {
            list.Add(new RoomPolicy { Pattern = RoomPattern.Everything });
        }

        _policies = [.. list];
    }

    /// <summary>Whether any policy gives rights to everyone, or to every user.</summary>
    /// <summary>All of them, in the order in which a room looks for its own.</summary>
    internal IReadOnlyList<RoomPolicy> All => _policies;

    internal bool GiveRights => Array.Exists(_policies, static policy => (policy.Anonymous | policy.Users) != Access.Rights.None);

    /// <summary>Whether any policy gives rights to everyone.</summary>
    internal bool GiveAnonymousRights => Array.Exists(_policies, static policy => policy.Anonymous != Access.Rights.None);

    /// <summary>The policy of a room.</summary>
    public RoomPolicy For(RoomName room)
    {
        string name = room.ToString();
        foreach (RoomPolicy policy in _policies.AsSpan(0, _policies.Length - 1))
        {
            if (policy.Pattern.MatchesSomeone(name))
            {
                return policy;
            }
        }

        return _policies[^1];
    }
}
