namespace Godwit.Brokers;

/// <summary>Is told who the members of a room are. The broker never makes two calls for one watch at once.</summary>
/// <remarks>A call may be made under a lock of the broker: return soon, throw nothing, and call no broker from inside.</remarks>
public interface IMemberWatcher
{
    /// <summary>These are the members, and nobody else: told first, and again when something may have been missed.</summary>
    void OnMembers(IReadOnlyList<Member> members);

    /// <summary>A session has become a member, or says something else of itself.</summary>
    void OnMember(Member member);

    /// <summary>A session is no member any more.</summary>
    void OnLeft(UInt128 session);
}
