using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Lanes;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Transports.Streams;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Sessions;
using Godwit.Sessions.Exchanges;
using Godwit.Sessions.Frames;
using Godwit.Sessions.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Transports.Sessions;

/// <summary>A session exchange whose answer goes on: events that are frames, from many rooms.</summary>
internal sealed partial class SessionStreamTransport(GodwitEngine engine, ConnectionCap cap, SessionServices services, ILogger<SessionStreamTransport> logger)
{
    /// <summary>Carries out what was sent, and streams the rooms until either side ends it.</summary>
    public async Task RunAsync(HttpContext context, ExchangeRequest request, Caller caller)
    {
        // Nobody reads this with an EventSource, which cannot POST: a refusal has its status.
        if (engine.IsDraining)
        {
            await ProblemWriter.WriteAsync(context, DrainAnswers.Refusal()).ConfigureAwait(false);
            return;
        }

        if (!cap.TryTake(context, out Problem refusal))
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        LiveSession? live = null;
        try
        {
            SessionIdentity identity = await services.Tokens.IdentifyAsync(request.Session, caller.Subject, context.RequestAborted).ConfigureAwait(false);
            if (!services.Reads.Sessions.TryEnter(caller, identity.Id, out live, out AccessRefusal tooMany))
            {
                await ProblemWriter.WriteAsync(context, Problem.From(tooMany)).ConfigureAwait(false);
                return;
            }

            Connection connection = await BeginAsync(context, request, caller, identity).ConfigureAwait(false);

            // It has been read, and would be held as long as this task runs.
            request = null!;
            await StreamedRoom.RunAsync(context, connection).ConfigureAwait(false);
        }
        finally
        {
            live?.Dispose();
            cap.Release(context);
        }
    }

    private async Task<Connection> BeginAsync(HttpContext context, ExchangeRequest request, Caller caller, SessionIdentity identity)
    {
        await StreamedRoom.BeginAsync(context, "text/event-stream").ConfigureAwait(false);
        var connection = new Connection(engine.Reads.NextShard(), new StreamOutlet(context, context.Response.Body), Framing.SessionEvents, ReadTransport.SessionStream) { Caller = caller };
        connection.Start();

        // Beside the stream's own task, which notices that the client goes away: what is told here waits for the client.
        _ = TellAsync(new Session(services, connection, request.Origin), connection, identity, request);
        return connection;
    }

    private async Task TellAsync(Session session, Connection connection, SessionIdentity identity, ExchangeRequest request)
    {
        try
        {
            await session.WelcomeAsync(default, identity, []).ConfigureAwait(false);
            foreach (ExchangeItem item in request.Send)
            {
                await (item.Frame is { } frame ? session.TakeSentAsync(frame) : session.AnswerAsync(item.Fault.ToFrame())).ConfigureAwait(false);
            }

            foreach (RoomJoin join in request.Rooms)
            {
                await session.JoinAsync(default, join).ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException) when (session.IsStopping)
        {
            // The same as for a frame that comes too late: there is no store any more.
            connection.Abort();
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure);
            connection.Close(Framing.SessionEvents.End(ErrorCode.Internal));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The beginning of a session stream failed; it was ended.", EventName = "StreamBeginFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
