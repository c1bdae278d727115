using Godwit.Bench.Systems;

namespace Godwit.Bench.Measure;

/// <summary>One measurement of one system in one round.</summary>
/// <param name="Part">The part of the load.</param>
/// <param name="Size">How many connections, or rooms.</param>
/// <param name="Figures">By the names in <see cref="Figure"/>; empty when it is void.</param>
/// <param name="Void">Why it does not count; null when it does.</param>
internal sealed record Sample(string Part, string System, Transport Transport, int Round, int Size, IReadOnlyDictionary<string, double> Figures, string? Void);
