using Godwit.Bench.Loads;
using Godwit.Bench.Measure;

namespace Godwit.Bench.Report;

/// <summary>What a report is about.</summary>
/// <param name="Machine">What was measured on.</param>
/// <param name="Options">How much was measured.</param>
/// <param name="Command">The command that did.</param>
/// <param name="Systems">What was measured, with a line about each.</param>
/// <param name="Loads">By what.</param>
internal sealed record Conditions(Machine Machine, BenchOptions Options, string Command, IReadOnlyList<(string Name, string Description)> Systems, IReadOnlyList<BenchLoad> Loads);
