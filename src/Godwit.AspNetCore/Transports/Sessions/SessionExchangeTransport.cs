using System.Buffers;
using Godwit.AspNetCore.Problems;
using Godwit.Sessions.Exchanges;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>A session exchange: one POST, one JSON answer.</summary>
internal sealed class SessionExchangeTransport(SessionExchange exchange, IOptions<GodwitOptions> options)
{
    private readonly TimeSpan _maxWait = options.Value.MaxWait;

    /// <summary>Carries out an exchange whose body was read, and answers it.</summary>
    public async Task RunAsync(HttpContext context, ExchangeRequest request)
    {
        TimeSpan wait = request.Wait < _maxWait.TotalSeconds ? TimeSpan.FromSeconds(request.Wait) : _maxWait;
        if (await exchange.RunAsync(request, wait, context.RequestAborted).ConfigureAwait(false) is not { } answer)
        {
            return;
        }

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
