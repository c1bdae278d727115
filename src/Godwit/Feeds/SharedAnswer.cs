using Godwit.Feeds.Framings;
using Godwit.Rooms;

namespace Godwit.Feeds;

/// <summary>What a woken poll was answered, for the others that waited at the same position.</summary>
/// <param name="Generation">How often the feed had been reset.</param>
/// <param name="After">The offset they waited behind.</param>
/// <param name="Limit">The most entries that they take.</param>
/// <param name="Delivery">Which entries they take.</param>
/// <param name="Answer">The answer.</param>
internal sealed record SharedAnswer(int Generation, long After, int Limit, Delivery Delivery, PollText.Answer Answer);
