using Godwit.Server.Comparing.Clients;

namespace Godwit.Server.Comparing.Figures;

/// <summary>What happened in a stretch of time in which one thing was measured.</summary>
/// <param name="Seconds">How long it was.</param>
/// <param name="Cpu">CPU time of the server in µs, without what a server uses that has nothing to do; null where it is not known.</param>
/// <param name="Did">What the clients did.</param>
internal readonly record struct Window(double Seconds, double? Cpu, FollowingCount Did)
{
    public static Window operator +(Window one, Window other) => new(one.Seconds + other.Seconds, one.Cpu + other.Cpu, one.Did + other.Did);

    /// <summary>So many windows that follow one another are one.</summary>
    /// <param name="windows">All of them; a number that it divides.</param>
    /// <param name="number">How many are one.</param>
    public static IReadOnlyList<Window> Joined(IReadOnlyList<Window> windows, int number) => [.. windows.Chunk(number).Select(static some => some.Aggregate(static (sum, next) => sum + next))];
}
