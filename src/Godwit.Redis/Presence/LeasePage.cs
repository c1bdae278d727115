using Godwit.Brokers;

namespace Godwit.Redis.Presence;

/// <summary>Some of a room's members.</summary>
/// <param name="State">What the list was at that instant.</param>
/// <param name="Count">How many there are in all.</param>
/// <param name="Members">Those of the page, in the order of their sessions.</param>
/// <param name="IsMore">Whether there are others behind them.</param>
internal sealed record LeasePage(LeaseState State, int Count, IReadOnlyList<Member> Members, bool IsMore);
