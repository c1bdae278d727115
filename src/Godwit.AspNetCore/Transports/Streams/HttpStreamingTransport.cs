using Godwit.AspNetCore.Requests;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.Streams;

/// <summary>Delivers a room as NDJSON: one frame a line, a blank line as heartbeat.</summary>
internal sealed class HttpStreamingTransport(GodwitEngine engine) : IRoomTransport
{
    private const string MediaType = "application/x-ndjson";

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        // Two steps, so that nothing the beginning needed is held while the stream lives.
        Connection connection = await BeginAsync(context, request).ConfigureAwait(false);
        await StreamedRoom.RunAsync(context, connection).ConfigureAwait(false);
    }

    private async Task<Connection> BeginAsync(HttpContext context, RoomRequest request)
    {
        FeedLease lease = await engine.Reads.OpenAsync(request.Room, context.RequestAborted).ConfigureAwait(false);
        Judgement judgement;
        try
        {
            judgement = await engine.Reads.JudgeAsync(lease, request.From, context.RequestAborted).ConfigureAwait(false);
            await StreamedRoom.BeginAsync(context, MediaType).ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        byte[] joined = ControlObject.Joined(request.Room, judgement.Position, judgement.Verdict, judgement.Missing);
        return StreamedRoom.Follow(context, engine.Reads, Framing.Ndjson, lease, judgement, Framing.Ndjson.Control(joined, null));
    }
}
