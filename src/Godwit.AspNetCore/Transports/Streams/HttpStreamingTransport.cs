using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.Streams;

/// <summary>Delivers a room as NDJSON: one frame a line, a blank line as heartbeat.</summary>
internal sealed class HttpStreamingTransport(GodwitEngine engine, ConnectionCap cap) : IRoomTransport
{
    private const string MediaType = "application/x-ndjson";

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        if (!cap.TryTake(context, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        try
        {
            // Two steps, so that nothing the beginning needed is held while the stream lives.
            Connection connection = await StreamedRoom.FollowAsync(
                context, engine, request, MediaType, Framing.Ndjson, static (_, joined) => Framing.Ndjson.Control(joined, null)).ConfigureAwait(false);

            // It has been read, and would be held as long as this task runs.
            request = null!;
            await StreamedRoom.RunAsync(context, connection).ConfigureAwait(false);
        }
        finally
        {
            cap.Release(context);
        }
    }
}
