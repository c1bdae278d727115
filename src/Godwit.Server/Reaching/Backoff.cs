namespace Godwit.Server.Reaching;

/// <summary>How long to wait between attempts: a random time up to a bound that doubles, so that many clients spread out.</summary>
internal sealed class Backoff(TimeProvider time, TimeSpan first, TimeSpan most)
{
    private int _tries;

    /// <summary>The time to wait now: at least what the server asked for.</summary>
    public TimeSpan Next(TimeSpan least = default)
    {
        double bound = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_tries++, 30)));
        var wait = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * bound);
        return wait > least ? wait : least;
    }

    /// <summary>Waits.</summary>
    public Task WaitAsync(TimeSpan wait, CancellationToken cancel) => Task.Delay(wait, time, cancel);

    /// <summary>Begins again: it went well.</summary>
    public void Reset() => _tries = 0;
}
