using System.Text.Json;
using Godwit.Access;
using Godwit.Feeds;
using Godwit.Protocol;
using Godwit.Rooms.Requests;
using Godwit.Sessions.Frames;
using Microsoft.Extensions.Logging;

namespace Godwit.Sessions;

/// <summary>Has the application answer requests, for as long as it may take and no longer.</summary>
internal sealed partial class ApplicationRequests(RequestHandlers handlers, AnswerBudget answers, TimeSpan timeout, TimeProvider time, ILogger<ApplicationRequests> logger)
{
    /// <summary>Answers a request; the caller's right was looked at.</summary>
    public async ValueTask<CallAnswer> AnswerAsync(RequestFrame frame, Caller caller)
    {
        if (handlers.Find(frame.Room, frame.Event, caller) is not { } handler)
        {
            return Refuse(frame, ErrorCode.RequestUnhandled, $"The application has nothing that answers '{frame.Event}' in this room.");
        }

        RequestReply reply;
        using var end = new CancellationTokenSource(timeout, time);
        try
        {
            // A handler that does not look at the token is left to itself.
            reply = await handler(new ClientRequest(caller, frame.Room, frame.Event, frame.Data), end.Token).AsTask().WaitAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            Log.Late(logger, frame.Event, timeout.TotalSeconds);
            return Refuse(frame, ErrorCode.RequestTimeout, "Whether it was carried out is not known.");
        }
        catch (JsonException)
        {
            // Its message and path may have something of the data.
            return Refuse(frame, ErrorCode.DataUnfit, "The data is not what the application expects here.");
        }
        catch (Exception failure)
        {
            Log.Failed(logger, frame.Event, failure);
            return Refuse(frame, ErrorCode.Internal, "The server's log says why.");
        }

        if (reply?.Data is not { } data)
        {
            return Refuse(frame, ErrorCode.RequestRefused, reply?.Refusal);
        }

        AnswerHold? hold = null;
        if (data.Length > AnswerBudget.Free && ((hold = answers.Take(data.Length)) is null || hold.Octets < data.Length))
        {
            hold?.Dispose();
            return Refuse(frame, ErrorCode.AnswerFull, "As many large answers as the server holds are on their way to clients. The request was carried out.");
        }

        return new CallAnswer(AnswerText.Data(frame.Id, data), hold);
    }

    private static byte[] Refuse(RequestFrame frame, ErrorCode code, string? detail) =>
        new FrameFault(code, detail) { Id = frame.Id, Room = frame.Room.ToString() }.ToFrame();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The application's handler of requests '{Event}' failed.", EventName = "HandlerFailed")]
        public static partial void Failed(ILogger logger, string @event, Exception failure);

        [LoggerMessage(2, LogLevel.Warning, "The application's handler of requests '{Event}' took longer than {Seconds} s (GodwitOptions.RequestTimeout); its client was told so.", EventName = "HandlerLate")]
        public static partial void Late(ILogger logger, string @event, double seconds);
    }
}
