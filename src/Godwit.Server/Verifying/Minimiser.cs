using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying;

/// <summary>Finds a short schedule that still fails, by leaving out parts of one that did.</summary>
/// <param name="failsAsync">Whether a schedule fails; runs it.</param>
/// <param name="mostRuns">How many schedules may be tried.</param>
internal sealed class Minimiser(Func<IReadOnlyList<FaultStep>, Task<bool>> failsAsync, int mostRuns)
{
    /// <summary>How many were tried.</summary>
    public int Runs { get; private set; }

    /// <summary>Shortens a schedule that failed; what it gives has failed too.</summary>
    public async Task<IReadOnlyList<FaultStep>> ShortenAsync(IReadOnlyList<FaultStep> failing)
    {
        if (failing.Count == 0 || await FailsAsync([]))
        {
            return [];
        }

        // Delta debugging: leave out one of n parts; if none can be missed, take smaller parts.
        IReadOnlyList<FaultStep> best = failing;
        for (int parts = 2; best.Count > 1 && Runs < mostRuns;)
        {
            int size = Math.Max(1, (best.Count + parts - 1) / parts);
            IReadOnlyList<FaultStep>? shorter = null;
            for (int from = 0; from < best.Count && shorter is null && Runs < mostRuns; from += size)
            {
                IReadOnlyList<FaultStep> rest = Pulled([.. best.Take(from), .. best.Skip(from + size)]);
                shorter = await FailsAsync(rest) ? rest : null;
            }

            if (shorter is not null)
            {
                best = shorter;
                parts = Math.Max(2, parts - 1);
            }
            else if (size == 1)
            {
                break;
            }
            else
            {
                parts = Math.Min(best.Count, 2 * parts);
            }
        }

        return best;
    }

    // What was left out leaves no time behind.
    private static IReadOnlyList<FaultStep> Pulled(IReadOnlyList<FaultStep> steps)
    {
        var most = TimeSpan.FromSeconds(3);
        var pulled = new List<FaultStep>();
        TimeSpan free = TimeSpan.Zero;
        foreach (FaultStep step in steps)
        {
            TimeSpan at = step.At - free < most ? step.At : free + most;
            pulled.Add(step with { At = at });
            free = at + step.Lasts;
        }

        return pulled;
    }

    private async Task<bool> FailsAsync(IReadOnlyList<FaultStep> schedule)
    {
        Runs++;
        return await failsAsync(schedule);
    }
}
