namespace Godwit.Bench.Report;

/// <summary>A number that the project holds itself to.</summary>
/// <param name="What">What is required, with the bound.</param>
/// <param name="Part">What of the bench measures it.</param>
/// <param name="Read">What was measured of it; nothing where that was not done, or not at the size that is meant.</param>
/// <param name="Format">How the measured value is written.</param>
/// <param name="Holds">Whether a value reaches it.</param>
internal sealed record Requirement(string What, string Part, Func<Results, Statistics> Read, string Format, Func<double, bool> Holds);
