using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>What changes seldom in a feed's life. Replaced as a whole, so that it is read without a lock.</summary>
/// <param name="Generation">How often the feed was reset.</param>
/// <param name="Start">Where the readers go on that were there when it was reset the last time.</param>
/// <param name="IsDegraded">Whether the store is away.</param>
internal sealed record FeedState(int Generation, Position Start, bool IsDegraded);
