namespace Godwit.Server.Links;

/// <summary>What befalls one packet.</summary>
/// <param name="IsLost">It does not come out.</param>
/// <param name="IsDuplicated">It comes out twice.</param>
/// <param name="IsHeldBack">It waits longer, so that others overtake it.</param>
/// <param name="Delay">How long it takes, in nanoseconds, unless one before it takes longer.</param>
internal readonly record struct PacketFate(bool IsLost, bool IsDuplicated, bool IsHeldBack, long Delay)
{
    // Each packet has the same number of draws, whatever the conditions are.
    private const int Draws = 4;

    /// <summary>Draws it.</summary>
    /// <param name="conditions">The conditions when it was sent.</param>
    /// <param name="direction">Which direction; each has draws of its own.</param>
    /// <param name="number">Which packet of the direction, from 0.</param>
    public static PacketFate Of(LinkConditions conditions, LinkDirection direction, long number)
    {
        var draws = new SplitMix(conditions.Seed, (ulong)direction, (ulong)number * Draws);
        bool isLost = draws.Next() < conditions.Loss;
        bool isDuplicated = draws.Next() < conditions.Duplication;
        bool isHeldBack = draws.Next() < conditions.Reordering;
        double jitter = conditions.Jitter.Ticks * ((2 * draws.Next()) - 1);
        long delay = conditions.Delay.Ticks + (isHeldBack ? conditions.HoldBack.Ticks : 0);
        return new PacketFate(isLost, isDuplicated, isHeldBack, (long)((delay + jitter) * TimeSpan.NanosecondsPerTick));
    }

    /// <summary>SplitMix64: each number is a hash of its place, so that one can begin anywhere.</summary>
    private struct SplitMix(ulong seed, ulong stream, ulong place)
    {
        private const ulong Step = 0x9E3779B97F4A7C15;

        private ulong _state = Mix(Mix(seed) + stream) + (place * Step);

        /// <summary>The next number from 0 up to, and without, 1.</summary>
        public double Next() => (Mix(_state += Step) >> 11) * (1.0 / (1UL << 53));

        private static ulong Mix(ulong value)
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}

/// <summary>A direction of a link.</summary>
internal enum LinkDirection
{
    /// <summary>From the client's end to the server's.</summary>
    Up = 1,

    /// <summary>From the server's end to the client's.</summary>
    Down = 2,
}
