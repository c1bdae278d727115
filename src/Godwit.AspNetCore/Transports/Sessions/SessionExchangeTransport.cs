using System.Buffers;
using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
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
        TimeSpan wait = request.Wait < _maxWait.TotalSeconds ? TimeSpan.FromSeconds(request.Wait) : _maxWait;
        wait = caller.Cut(wait, engine.Time);
        Problem? refusal = null;
        bool holds = false;
        try
        {
            if (await exchange.RunAsync(request, caller, wait, MayHold, context.RequestAborted).ConfigureAwait(false) is { } answer)
            {
                await AnswerAsync(context, answer).ConfigureAwait(false);
                return;
            }
        }
        finally
        {
            if (holds)
            {
                cap.Release();
            }
        }

        if (refusal is { } problem)
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
        }

        bool MayHold()
        {
            if (engine.IsDraining)
            {
                refusal = DrainAnswers.Refusal();
                return false;
            }

            holds = cap.TryTake(out Problem full);
            refusal = holds ? null : full;
            return holds;
        }
    }

    private static async Task AnswerAsync(HttpContext context, ExchangeAnswer answer)
    {
        using (answer)
        {
            HttpResponse response = context.Response;
            response.ContentType = "application/json";
            response.ContentLength = answer.Text.Length;
            response.BodyWriter.Write(answer.Text);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
