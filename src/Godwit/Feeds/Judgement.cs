using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>Where a reader goes on, and what became of the position it came with.</summary>
/// <param name="Position">The position right before the next entry.</param>
/// <param name="Verdict">What to tell the client.</param>
/// <param name="Missing">The lost range of a <see cref="Verdict.Gap"/>.</param>
/// <param name="Generation">How often the feed had been reset when it was judged; a reader of another generation is told <c>reset</c>.</param>
internal readonly record struct Judgement(Position Position, Verdict Verdict, OffsetRange? Missing, int Generation);
