using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;

namespace Godwit.Server.Hosting;

/// <summary>What a load balancer or an orchestrator asks: <c>/healthz</c>, whether the process lives, and <c>/readyz</c>, whether clients may be sent here.</summary>
/// <remarks>Answered to everybody: they tell nothing that a connection attempt would not.</remarks>
internal static class HealthEndpoints
{
    private const string Live = "/healthz";
    private const string Ready = "/readyz";

    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>Maps the two.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        ServerDrain drain = endpoints.ServiceProvider.GetRequiredService<ServerDrain>();
        endpoints.Map(Live, (RequestDelegate)(context => AnswerAsync(context, "live", isWell: true))).WithDisplayName("Godwit liveness");
        endpoints.Map(Ready, (RequestDelegate)(context => AnswerAsync(context, Word(drain.Phase), drain.IsReady))).WithDisplayName("Godwit readiness");
    }

    private static string Word(ServerPhase phase) => phase switch
    {
        ServerPhase.Starting => "starting",
        ServerPhase.Ready => "ready",
        _ => "draining",
    };

    private static Task AnswerAsync(HttpContext context, string status, bool isWell)
    {
        HttpRequest request = context.Request;
        HttpResponse response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "It is asked with GET or HEAD.") { Allowed = Methods });
        }

        byte[] body = [.. "{\"status\":\""u8, .. System.Text.Encoding.ASCII.GetBytes(status), .. "\"}"u8];
        response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.BodyWriter.WriteAsync(body, CancellationToken.None).AsTask();
    }
}
