using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Limits;

/// <summary>Notes how often a connection was refused for a rate: who goes on all the same is closed.</summary>
/// <remarks>More than 200 refusals, of which 20 are forgiven each second. One thread at a time.</remarks>
internal sealed class RateRefusals
{
    private const int TooManyRequests = 429;

    private static readonly Pace Forgiven = new(new Rate(20, 200), 1000);

    private long _full;

    /// <summary>The code to close with; null as long as it may go on.</summary>
    public ErrorCode? Over { get; private set; }

    /// <summary>A request was refused; whether for a rate is seen here.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="now">The time, in ms of any clock that goes on.</param>
    public void Add(in AccessRefusal refusal, long now)
    {
        if (refusal.Code.Status == TooManyRequests && !Forgiven.TryTake(ref _full, now, out _))
        {
            Over = refusal.Code;
        }
    }
}
