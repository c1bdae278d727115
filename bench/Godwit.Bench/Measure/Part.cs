namespace Godwit.Bench.Measure;

/// <summary>What one measurement has read.</summary>
/// <param name="Name">The part of the load, by which the report finds it.</param>
/// <param name="Size">How many connections, or rooms.</param>
/// <param name="Figures">By the names in <see cref="Figure"/>.</param>
internal sealed record Part(string Name, int Size, IReadOnlyDictionary<string, double> Figures);
