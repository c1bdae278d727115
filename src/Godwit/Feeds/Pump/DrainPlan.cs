namespace Godwit.Feeds.Pump;

/// <summary>When a server that stops tells its clients what, in ms of the pump's clock.</summary>
/// <remarks>
/// A client is told by the <c>drain</c> frame, comes back at a moment drawn from <see cref="NextBack"/>, and is closed
/// somewhat later, so that it can go on over the new connection first. The draw only smooths the ticks of the wheel: the
/// evenness comes from when clients are told.
/// </remarks>
internal sealed class DrainPlan
{
    private const long MaxLead = 2000;
    private const int LeastBack = 100;
    private const int MostBack = 2000;

    private readonly int _shards;

    /// <summary>Plans a drain.</summary>
    /// <param name="start">Its beginning.</param>
    /// <param name="window">Its length.</param>
    /// <param name="shards">How many shards follow it.</param>
    public DrainPlan(long start, long window, int shards)
    {
        _shards = shards;
        Start = start;
        End = start + window;
        Lead = Math.Min(MaxLead, window / 8);
    }

    /// <summary>When a client comes back that is told without a window: any time within two seconds.</summary>
    public static long BackWithoutWindow => Random.Shared.Next(LeastBack, MostBack + 1);

    /// <summary>Its beginning.</summary>
    public long Start { get; }

    /// <summary>When the last connection is closed.</summary>
    public long End { get; }

    /// <summary>How long before its connection is closed a client is told, at most.</summary>
    public long Lead { get; }

    /// <summary>When the last client is told.</summary>
    public long LastTold => End - Lead;

    /// <summary>How far into the time of one client a shard begins, from 0 to 1.</summary>
    public double PhaseOf(Shard shard) => (shard.Index + 0.5) / _shards;

    /// <summary>Draws after how many ms a client is to come back: before its connection is closed, unless the window is very short.</summary>
    public long NextBack() => Random.Shared.NextInt64(Math.Max(LeastBack, Lead / 4), Math.Max(LeastBack, Lead / 2) + 1);
}
