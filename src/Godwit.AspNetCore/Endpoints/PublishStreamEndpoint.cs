using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>POST of <c>{mount}/publish</c>: every line of the body is a publish and gets a line of the answer.</summary>
internal sealed class PublishStreamEndpoint(
    IBroker broker,
    ConnectionCap cap,
    RoomPolicies policies,
    RoomAccess access,
    GodwitEngine engine,
    ServerDrain drain,
    IOptions<GodwitHttpOptions> options,
    ILogger<PublishStreamEndpoint> logger)
{
    private readonly int _lineBytes = options.Value.BodyBytes;

    /// <summary>Checks the request's head and carries out its lines.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        if (!ContentType.IsNdjson(context.Request.ContentType, out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        if (drain.Phase >= ServerPhase.Draining)
        {
            await ProblemWriter.WriteAsync(context, DrainAnswers.Refusal()).ConfigureAwait(false);
            return;
        }

        if (!cap.TryTake(context, out problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        try
        {
            Prepare(context);
            using var lines = new LineReader(context.Request.BodyReader, _lineBytes);
            using var patience = new LinePatience(engine.Time, drain, caller.Expires + engine.CredentialGrace);
            using OpenPublishStream open = engine.Orders.PublishStreams.Add(caller, patience.End);
            var stream = new PublishStream(lines, patience, broker, access, engine.Limits, caller, new RecentDestinations(policies), context.Response, _lineBytes, logger);
            await stream.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            cap.Release(context);
        }
    }

    /// <summary>Lets the body be as long as it likes and come as slowly as its lines may.</summary>
    private static void Prepare(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        // A publisher may have nothing to say for a while: LinePatience is what bounds the waiting here.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = ContentType.Ndjson;
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }
}
