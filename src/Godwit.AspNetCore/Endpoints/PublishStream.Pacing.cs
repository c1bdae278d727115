using Godwit.Limits;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>How fast lines are taken: each is a request of its caller, whatever becomes of it.</summary>
internal sealed partial class PublishStream
{
    /// <summary>The octets that count like a line.</summary>
    private const int Unit = 16 << 10;

    // Lines, each room of them counted, since the caller's rate was last asked; and the octets that it was asked for.
    private int _asked;
    private long _counted;

    /// <summary>Waits while what was taken is above the caller's rate. False when no more is taken: the stream was ended, or nobody is left to go on with.</summary>
    private async ValueTask<bool> MayTakeAsync()
    {
        while (!patience.IsEnded)
        {
            if (IsInTime(out TimeSpan wait))
            {
                return true;
            }

            await FlushAsync().ConfigureAwait(false);
            await patience.PauseAsync(wait < CallerLimits.LongestWait ? wait : CallerLimits.LongestWait, response.HttpContext.RequestAborted).ConfigureAwait(false);
            if (response.HttpContext.RequestAborted.IsCancellationRequested)
            {
                // What waits for its turn would be held for nobody.
                _isOver = true;
                return false;
            }

            if (patience.IsOver)
            {
                break;
            }
        }

        await EndAsync(WhyOver).ConfigureAwait(false);
        return false;
    }

    private bool IsInTime(out TimeSpan wait)
    {
        long units = (lines.Octets - _counted) / Unit;
        int count = _asked + (int)units;
        wait = TimeSpan.Zero;
        if (count == 0 || limits is null || limits.TryTakeTurn(caller, count, out wait))
        {
            _asked = 0;
            _counted += units * Unit;
        }

        return wait == TimeSpan.Zero;
    }
}
