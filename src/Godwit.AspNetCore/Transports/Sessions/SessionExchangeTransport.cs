using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Lanes;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Transports.Polling;
using Godwit.Limits;
using Godwit.Sessions.Exchanges;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>A session exchange: one POST, one JSON answer.</summary>
internal sealed class SessionExchangeTransport(SessionExchange exchange, GodwitEngine engine, ConnectionCap cap, IOptions<GodwitOptions> options)
{
    private readonly TimeSpan _maxWait = options.Value.MaxWait;

    /// <summary>Carries out an exchange whose body was read, and answers it.</summary>
    public async Task RunAsync(HttpContext context, ExchangeRequest request, Caller caller)
    {
        // Two steps, so that nothing the answer was made of is held while the client takes it: not what was asked for either.
        ValueTask<ExchangeAnswer?> answering = AnswerAsync(context, request, caller);
        request = null!;
        if (await answering.ConfigureAwait(false) is { } answer)
        {
            using (answer)
            {
                AnswerBody.Begin(context, engine, "application/json", answer.Text.Length);
                PollingTransport.Suggest(context, answer.PollAfter);
                await AnswerBody.WriteAsync(context, engine, answer.Text).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<ExchangeAnswer?> AnswerAsync(HttpContext context, ExchangeRequest request, Caller caller)
    {
        TimeSpan wait = request.Wait < _maxWait.TotalSeconds ? TimeSpan.FromSeconds(request.Wait) : _maxWait;
        wait = caller.Cut(wait, engine.Time);
        Problem? refusal = null;
        LiveSession? live = null;
        bool holds = false;
        try
        {
            if (await exchange.RunAsync(request, caller, wait, MayHold, context.RequestAborted).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }
        }
        finally
        {
            live?.Dispose();
            if (holds)
            {
                cap.Release(context);
            }
        }

        if (refusal is { } problem)
        {
            DrainAnswers.DismissIf(engine.IsDraining, context);
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
        }

        return null;

        bool MayHold(UInt128 session)
        {
            if (engine.IsDraining)
            {
                refusal = DrainAnswers.Refusal();
                return false;
            }

            if (!engine.Reads.Sessions.TryEnter(caller, session, out live, out AccessRefusal tooMany))
            {
                refusal = Problem.From(tooMany);
                return false;
            }

            holds = cap.TryTake(context, out Problem full);
            refusal = holds ? null : full;
            return holds;
        }
    }
}
