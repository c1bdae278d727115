namespace Godwit.Limits;

/// <summary>A rate in ticks of a clock: the arithmetic of a token bucket whose whole state is one number, the time at which it is full again.</summary>
/// <remarks>
/// A bucket that is full is like one that was never used, so it need not be kept, and nothing has to refill it
/// (docs/adr/0006-a-bucket-is-one-number.md). The same as GCRA, ITU-T I.371.
/// </remarks>
internal readonly struct Pace
{
    private readonly long _step;
    private readonly long _depth;

    /// <summary>Makes the pace of a rate.</summary>
    /// <param name="rate">How often.</param>
    /// <param name="ticksPerSecond">The clock's; 1,000 or more.</param>
    public Pace(Rate rate, long ticksPerSecond)
    {
        _step = Math.Max(1, ticksPerSecond / rate.PerSecond);
        _depth = _step * rate.Burst;
    }

    /// <summary>Takes one token, if there is one.</summary>
    /// <param name="full">When the bucket is full; anything in the past for one that was never used.</param>
    /// <param name="now">The time.</param>
    /// <param name="wait">The ticks until there is a token, where there is none.</param>
    public bool TryTake(ref long full, long now, out long wait) => TryTake(ref full, now, count: 1, most: 0, out wait);

    /// <summary>Takes tokens, also some that are not there yet.</summary>
    /// <param name="full">As of the other.</param>
    /// <param name="now">The time.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest wait, in ticks, for which they are taken.</param>
    /// <param name="wait">The ticks until they are there; 0 where they are.</param>
    public bool TryTake(ref long full, long now, int count, long most, out long wait)
    {
        long then = Math.Max(full, now) + (_step * count);
        wait = Math.Max(0, then - now - _depth);
        if (wait > most)
        {
            return false;
        }

        full = then;
        return true;
    }

    /// <summary>Takes tokens for what was done already, whether they are there or not.</summary>
    /// <param name="full">As of the other.</param>
    /// <param name="now">The time.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest that the next one may have to wait for it, in ticks; more is remitted.</param>
    public void Charge(ref long full, long now, int count, long most)
    {
        long then = Math.Min(Math.Max(full, now) + (_step * count), now + _depth + most - _step);
        full = Math.Max(full, then);
    }

    /// <summary>Takes into account what was spent elsewhere as well.</summary>
    /// <param name="full">As of the other.</param>
    /// <param name="now">The time.</param>
    /// <param name="untilFull">When the bucket is full by what is known of all, in ticks from now.</param>
    /// <param name="further">How many tokens were taken here that are not in that.</param>
    public void Learn(ref long full, long now, long untilFull, int further) =>
        full = Math.Max(full, now + Math.Max(0, untilFull) + (_step * further));
}
