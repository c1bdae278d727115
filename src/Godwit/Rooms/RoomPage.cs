using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>What a read of a room found.</summary>
/// <param name="Judgement">Where the read began, and the verdict.</param>
/// <param name="Entries">The entries in offset order.</param>
/// <param name="HasMore">Whether entries behind the last one existed.</param>
/// <param name="HasOlder">Whether entries before the first one are retained.</param>
internal readonly record struct RoomPage(Judgement Judgement, IReadOnlyList<Entry> Entries, bool HasMore, bool HasOlder)
{
    /// <summary>The position to go on from.</summary>
    public Position End => Entries.Count == 0 ? Judgement.Position : new Position(Judgement.Position.Epoch, Entries[^1].Offset, Entries[^1].Mark);
}
