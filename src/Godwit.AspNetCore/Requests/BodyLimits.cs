using Godwit.Access;
using Godwit.Limits;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Requests;

/// <summary>What bodies may cost that are looked at when all of them is there: how much each, how long each, and how much those that are on their way hold together.</summary>
/// <remarks>
/// A body that comes in one piece holds nothing. One that comes in several is put together in memory that its sender keeps for as
/// long as it likes, up to the timeout; so that memory is taken from a budget, of which one user, or one address, has an eighth.
/// </remarks>
internal sealed class BodyLimits
{
    /// <summary>The octets of a body that are taken from no budget: no more than the request itself costs.</summary>
    public const int Free = 4 << 10;

    /// <summary>The octets that all bodies may hold together, unless eight of the largest take more.</summary>
    public const long LeastBudget = 64 << 20;

    private const int Shares = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string? User, AddressKey Address), long> _held = [];
    private readonly long _budget;
    private long _sum;

    /// <summary>Makes the limits of a server.</summary>
    public BodyLimits(IOptions<GodwitHttpOptions> options, TimeProvider time)
    {
        Most = options.Value.BodyBytes;
        Timeout = options.Value.BodyTimeout;
        Time = time;
        _budget = Math.Max(LeastBudget, (long)Shares * Most);
    }

    /// <summary>The most octets of a body as they arrive.</summary>
    public int Most { get; }

    /// <summary>How long a body may take to come.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>The time.</summary>
    public TimeProvider Time { get; }

    /// <summary>The octets that are held now.</summary>
    public long Held
    {
        get
        {
            lock (_lock)
            {
                return _sum;
            }
        }
    }

    /// <summary>The callers that hold some.</summary>
    public int Holders
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>Takes octets for a caller, who gives them back by a negative number; false if they are not there for it.</summary>
    public bool TryTake(Caller caller, long octets)
    {
        lock (_lock)
        {
            if (octets > 0 && _sum + octets > _budget)
            {
                return false;
            }

            // Backends, and whoever calls from this machine, have no share: all that is behind a proxy that is not named calls from here.
            if (CallerLimits.CountsRequests(caller))
            {
                (string? User, AddressKey Address) key = caller.CountedUser is { } user ? (user, default) : (null, AddressKey.Of(caller.Address));
                long held = _held.GetValueOrDefault(key) + octets;
                if (octets > 0 && held > _budget / Shares)
                {
                    return false;
                }

                if (held == 0)
                {
                    _held.Remove(key);
                }
                else
                {
                    _held[key] = held;
                }
            }

            _sum += octets;
            return true;
        }
    }
}
