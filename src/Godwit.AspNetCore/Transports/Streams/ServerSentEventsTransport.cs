using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.AspNetCore.Transports.Streams;

/// <summary>Delivers a room as server-sent events. Each event's id is the position behind it, so that <c>Last-Event-ID</c> resumes.</summary>
internal sealed class ServerSentEventsTransport(GodwitEngine engine, ConnectionCap cap) : IRoomTransport
{
    private const string MediaType = "text/event-stream";
    private static readonly TimeSpan LeastRetry = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        if (!cap.TryTake(context, out Problem refusal))
        {
            await RefuseAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        try
        {
            // Two steps, so that nothing the beginning needed is held while the stream lives.
            Connection connection = await StreamedRoom.FollowAsync(
                context,
                engine,
                request,
                MediaType,
                request.Full ? Framing.ServerSentEventsFull : Framing.ServerSentEvents,
                static (judgement, joined) => ServerSentEventsFraming.First(judgement.Position, judgement.Verdict, joined)).ConfigureAwait(false);

            // It has been read, and would be held as long as this task runs.
            request = null!;
            await StreamedRoom.RunAsync(context, connection).ConfigureAwait(false);
        }
        finally
        {
            cap.Release(context);
        }
    }

    /// <summary>Refuses for the moment, by a 200 that ends: after any other status an EventSource never comes back.</summary>
    /// <param name="context">The request; nothing has been written.</param>
    /// <param name="problem">A temporary one.</param>
    public static async Task RefuseAsync(HttpContext context, Problem problem)
    {
        TimeSpan retry = problem.RetryAfter is { } after && after > LeastRetry ? after : LeastRetry;
        byte[] error = problem.ToFrame(context.GetRouteValue(MountEndpoint.RoomParameter) as string);
        await StreamedRoom.BeginAsync(context, MediaType).ConfigureAwait(false);
        await context.Response.BodyWriter.WriteAsync(ServerSentEventsFraming.Refusal(retry, error), CancellationToken.None).ConfigureAwait(false);
    }
}
