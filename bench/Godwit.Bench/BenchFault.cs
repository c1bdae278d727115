namespace Godwit.Bench;

/// <summary>A measurement cannot be made or does not count; the message says why.</summary>
internal sealed class BenchFault(string message) : Exception(message);
