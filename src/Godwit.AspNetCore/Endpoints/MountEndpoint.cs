using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>Everything under a mount point begins and ends here: what all answers have in common, who may ask, and what becomes of failures.</summary>
internal sealed partial class MountEndpoint(AccessGate gate, RoomEndpoint read, PublishEndpoint publish, ILogger<MountEndpoint> logger)
{
    /// <summary>The route parameter with the room's name.</summary>
    public const string RoomParameter = "room";

    private static readonly string[] RoomMethods = ["GET", "POST", "OPTIONS"];

    /// <summary>Answers a request for a room.</summary>
    public Task RunRoomAsync(HttpContext context) => RunAsync(context, rooms: null);

    /// <summary>Answers a request for any other path.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rooms">Where rooms are, as a pattern.</param>
    public Task RunUnknownAsync(HttpContext context, string rooms) => RunAsync(context, rooms);

    private async Task RunAsync(HttpContext context, string? rooms)
    {
        try
        {
            await AnswerAsync(context, rooms).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await FailAsync(context, failure).ConfigureAwait(false);
        }
    }

    private Task AnswerAsync(HttpContext context, string? rooms)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Vary = "Origin";
        if (!gate.Admits(context, out Problem refusal))
        {
            return ProblemWriter.WriteAsync(context, refusal);
        }

        // A browser that may not ask cannot tell a wrong path from a wrong origin: preflights come before the path.
        if (CrossOrigin.IsPreflight(request))
        {
            CrossOrigin.AnswerPreflight(context);
            return Task.CompletedTask;
        }

        CrossOrigin.Expose(context);
        if (rooms is not null)
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.PathUnknown, $"Rooms are at {rooms}.") { Allowed = [rooms] });
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            headers.Allow = "GET, POST, OPTIONS";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        bool get = HttpMethods.IsGet(request.Method);
        if (!get && !HttpMethods.IsPost(request.Method))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "A room is read with GET and published to with POST.") { Allowed = RoomMethods });
        }

        if (!RoomName.TryParse(request.RouteValues[RoomParameter] as string, out RoomName room))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.RoomInvalid, RoomName.Rule));
        }

        return get ? read.RunAsync(context, room) : publish.RunAsync(context, room);
    }

    private Task FailAsync(HttpContext context, Exception failure)
    {
        if (failure is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        Problem problem;
        switch (failure)
        {
            case BrokerUnavailableException away:
                Log.StoreAway(logger, away);
                problem = new Problem(ErrorCode.StoreAway, "Try again with the same idempotency key, or from the same position.") { RetryAfter = away.RetryAfter };
                break;
            case BadHttpRequestException wrong:
                problem = wrong.StatusCode switch
                {
                    StatusCodes.Status408RequestTimeout => new Problem(ErrorCode.BodyTimeout, "Nothing was published."),
                    StatusCodes.Status413PayloadTooLarge => new Problem(ErrorCode.BodyTooLarge, "Nothing was published."),
                    _ => new Problem(ErrorCode.RequestMalformed, wrong.Message),
                };
                break;
            default:
                Log.Failed(logger, failure);
                problem = new Problem(ErrorCode.Internal, "The server's log says why.");
                break;
        }

        if (context.Response.HasStarted)
        {
            // The client must not take what it has for the whole answer.
            context.Abort();
            return Task.CompletedTask;
        }

        return ProblemWriter.WriteAsync(context, problem);
    }
}
