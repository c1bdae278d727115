using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Limits;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Limits;

/// <summary>Has requests above their caller's rate wait their turn.</summary>
internal sealed class RequestTurns(GodwitEngine engine)
{
    /// <summary>Counts what a request asks for, and completes when it is its turn: mostly at once.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Whose it is.</param>
    /// <param name="count">How much it asks for.</param>
    /// <returns>Why it is refused, where its turn is too far off; else null.</returns>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public ValueTask<Problem?> WaitAsync(HttpContext context, Caller caller, int count = 1)
    {
        if (!engine.Limits.TryTakeTurn(caller, count, out TimeSpan wait))
        {
            return new(Problem.From(engine.Limits.RefuseTurn(caller, wait)));
        }

        return wait == TimeSpan.Zero ? default : PauseAsync(context, wait);
    }

    private async ValueTask<Problem?> PauseAsync(HttpContext context, TimeSpan wait)
    {
        // A server that stops does not wait for it.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Reads.Draining);
        await Task.Delay(wait, engine.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.RequestAborted.ThrowIfCancellationRequested();
        return null;
    }
}
