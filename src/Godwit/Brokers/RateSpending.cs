namespace Godwit.Brokers;

/// <summary>What a server has spent of a rate.</summary>
/// <param name="Bucket">Whose rate of what: 1 to 256 of <c>A-Z a-z 0-9 _ . ~ : @ -</c>, the same at every server.</param>
/// <param name="Count">How many tokens; 1 or more.</param>
/// <param name="Every">The time in which the bucket gets a token.</param>
/// <param name="Depth">How many tokens it has when it is full.</param>
/// <param name="MostOwed">The longest that may have to be waited for what was spent too much; more is remitted.</param>
public readonly record struct RateSpending(string Bucket, int Count, TimeSpan Every, int Depth, TimeSpan MostOwed);
