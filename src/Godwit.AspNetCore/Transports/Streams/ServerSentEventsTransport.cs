using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.Streams;

/// <summary>Delivers a room as server-sent events. Each event's id is the position behind it, so that <c>Last-Event-ID</c> resumes.</summary>
internal sealed class ServerSentEventsTransport(GodwitEngine engine) : IRoomTransport
{
    private const string MediaType = "text/event-stream";

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        // Two steps, so that nothing the beginning needed is held while the stream lives.
        if (await BeginAsync(context, request).ConfigureAwait(false) is { } connection)
        {
            await StreamedRoom.RunAsync(context, connection).ConfigureAwait(false);
        }
    }

    private async Task<Connection?> BeginAsync(HttpContext context, RoomRequest request)
    {
        FeedLease? lease = null;
        Judgement judgement;
        try
        {
            lease = await engine.Reads.OpenAsync(request.Room, context.RequestAborted).ConfigureAwait(false);
            judgement = await engine.Reads.JudgeAsync(lease, request.From, context.RequestAborted).ConfigureAwait(false);
            await StreamedRoom.BeginAsync(context, MediaType).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException away)
        {
            lease?.Dispose();
            await RefuseAsync(context, request.Room, away).ConfigureAwait(false);
            return null;
        }
        catch
        {
            lease?.Dispose();
            throw;
        }

        byte[] joined = ControlObject.Joined(request.Room, judgement.Position, judgement.Verdict, judgement.Missing);
        byte[] first = ServerSentEventsFraming.First(judgement.Position, judgement.Verdict, joined);
        Framing framing = request.Full ? Framing.ServerSentEventsFull : Framing.ServerSentEvents;
        return StreamedRoom.Follow(context, engine.Reads, framing, lease, judgement, first);
    }

    /// <summary>A refusal for the moment is a 200 that ends: after any other status an EventSource never comes back.</summary>
    private static async Task RefuseAsync(HttpContext context, RoomName room, BrokerUnavailableException away)
    {
        await StreamedRoom.BeginAsync(context, MediaType).ConfigureAwait(false);
        byte[] error = new Problem(ErrorCode.StoreAway, "Resume from the same position.") { RetryAfter = away.RetryAfter }.ToFrame(room.ToString());
        TimeSpan retry = away.RetryAfter < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : away.RetryAfter;
        await context.Response.BodyWriter.WriteAsync(ServerSentEventsFraming.Refusal(retry, error), context.RequestAborted).ConfigureAwait(false);
    }
}
