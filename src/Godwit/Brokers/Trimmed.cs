using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>What became of a trim.</summary>
/// <param name="Verdict">Of the position: <see cref="Verdict.Reset"/> where it is not of the room's log, and nothing was dropped.</param>
/// <param name="Dropped">How many entries were dropped; 0 where all before the position were gone.</param>
public readonly record struct Trimmed(Verdict Verdict, long Dropped);
