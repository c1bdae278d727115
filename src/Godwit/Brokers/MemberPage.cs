namespace Godwit.Brokers;

/// <summary>Some of a room's members, as they were at one instant.</summary>
/// <param name="Count">How many there are in all.</param>
/// <param name="Members">Those of the page, in the order of their sessions.</param>
/// <param name="More">Whether there are others behind them.</param>
public sealed record MemberPage(int Count, IReadOnlyList<Member> Members, bool More);
