namespace Godwit.Sqlite.Writing;

/// <summary>When what is due is done: on a grid, so that what falls due in many rooms is one transaction.</summary>
internal static class DueGrid
{
    /// <summary>The grid in ms; half of how much longer than promised something may stay.</summary>
    public const long Step = 5_000;

    /// <summary>The next time of the grid.</summary>
    public static long Up(long time) => time > long.MaxValue - Step ? long.MaxValue : (time + Step - 1) / Step * Step;
}
