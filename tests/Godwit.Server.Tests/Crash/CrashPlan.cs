namespace Godwit.Server.Tests.Crash;

/// <summary>How each life ends: the same seed, the same plan.</summary>
internal sealed class CrashPlan
{
    /// <summary>Draws a plan.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="kills">Lives that end by SIGKILL.</param>
    /// <param name="powerLosses">Lives that end with the power, evenly among those.</param>
    public CrashPlan(int seed, int kills, int powerLosses)
    {
        var random = new Random(seed);
        Deaths = [.. Enumerable.Range(0, kills + powerLosses).Select(i => new Death(
            LosesPower: ((i + 1) * (long)powerLosses / (kills + powerLosses)) != (i * (long)powerLosses / (kills + powerLosses)),
            BeforeItListens: random.Next(8) == 0,
            Acknowledged: random.Next(4) == 0 ? random.Next(4) : random.Next(60),
            After: TimeSpan.FromMilliseconds(random.Next(40)),
            Survives: random.Next(3) switch { 0 => 0, 1 => 1, _ => random.NextDouble() },
            ShortWrites: random.Next(3) == 0,
            Seed: random.Next()))];
    }

    /// <summary>The ends, in order.</summary>
    public IReadOnlyList<Death> Deaths { get; }

    /// <summary>How a life ends.</summary>
    /// <param name="LosesPower">Whether what was not synced is lost with it.</param>
    /// <param name="BeforeItListens">Whether it is killed while it starts.</param>
    /// <param name="Acknowledged">After how many publishes, but at most a few seconds after it listens.</param>
    /// <param name="After">How long after those, or after it was started.</param>
    /// <param name="Survives">The share of the sectors not synced that had been written all the same.</param>
    /// <param name="ShortWrites">Whether writes go through in part meanwhile.</param>
    /// <param name="Seed">Which sectors.</param>
    internal readonly record struct Death(bool LosesPower, bool BeforeItListens, int Acknowledged, TimeSpan After, double Survives, bool ShortWrites, int Seed);
}
