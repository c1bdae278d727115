using Godwit.AspNetCore.Lanes;
using Godwit.AspNetCore.Requests;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Godwit.AspNetCore.Transports.Streams;

/// <summary>An HTTP answer that goes on as long as the client reads.</summary>
internal static class StreamedRoom
{
    /// <summary>Begins the answer.</summary>
    public static Task BeginAsync(HttpContext context, string mediaType)
    {
        // A stream is silent for long and then bursts: slow clients are the pump's to judge, by its own limit.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = mediaType;

        // nginx and its like would keep entries back until a buffer is full.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        RequestHeaders.Forget(context);
        return context.Response.StartAsync(CancellationToken.None);
    }

    /// <summary>Judges where reading begins, begins the answer, and follows the room; <see cref="RunAsync"/> waits for the end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="mediaType">The media type of the answer.</param>
    /// <param name="framing">How frames look.</param>
    /// <param name="first">Makes of the judgement and its <c>joined</c> object what is sent before any entry.</param>
    public static async Task<Connection> FollowAsync(
        HttpContext context, GodwitEngine engine, RoomRequest request, string mediaType, Framing framing, Func<Judgement, byte[], byte[]> first)
    {
        RoomReads reads = engine.Reads;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, reads.Draining);
        FeedLease lease = await reads.OpenAsync(request.Room, request.From, end.Token).ConfigureAwait(false);
        Judgement judgement;
        try
        {
            judgement = await reads.JudgeAsync(lease, request.From, end.Token).ConfigureAwait(false);
            await BeginAsync(context, mediaType).ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        byte[] joined = ControlObject.Joined(request.Room, judgement.Position, judgement.Verdict, judgement.Missing);
        var connection = new Connection(reads.NextShard(), new StreamOutlet(context, context.Response.Body), framing, framing == Framing.Ndjson ? ReadTransport.HttpStream : ReadTransport.ServerSentEvents) { Caller = request.Caller };
        GodwitMeter.Judged(judgement.Verdict);
        connection.Start();
        connection.Join(new Reader(lease, judgement, request.Delivery), first(judgement, joined));
        connection.EndIfRevoked(engine.Orders.Revocations);
        return connection;
    }

    /// <summary>Runs until the client goes away or the server ends the stream.</summary>
    public static async Task RunAsync(HttpContext context, Connection connection)
    {
        using (context.RequestAborted.UnsafeRegister(static state => ((Connection)state!).Abort(), connection))
        {
            await connection.Ended.ConfigureAwait(false);
        }
    }
}
