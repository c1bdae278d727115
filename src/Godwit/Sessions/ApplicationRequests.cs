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

        RequestReply? reply;
        var request = new ClientRequest(caller, frame.Room, frame.Event, frame.Data);
        using var end = new CancellationTokenSource(timeout, time);
        CancellationToken cancel = end.Token;

        // On a thread of its own: a handler that blocks holds that one, and is given up in time all the same.
        Task<RequestReply> handling = Task.Run(() => handler(request, cancel).AsTask(), CancellationToken.None);
        try
        {
            reply = await handling.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Log.Late(logger, frame.Event, timeout.TotalSeconds);
            _ = handling.ContinueWith(late => Fail(frame.Event, late.Exception!.InnerException!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return Refuse(frame, ErrorCode.RequestTimeout, "Whether it was carried out is not known.");
        }
        catch (UnfitDataException)
        {
            return Refuse(frame, ErrorCode.DataUnfit, "The data is not what the application expects here.");
        }
        catch (Exception failure)
        {
            Fail(frame.Event, failure);
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

    // What an exception says may have something of the request: above Trace only where it came from is told.
    private void Fail(string eventName, Exception failure)
    {
        Log.Failed(logger, eventName, failure.GetType().FullName!, failure.StackTrace);
        Log.FailedWith(logger, eventName, failure);
    }

    private static byte[] Refuse(RequestFrame frame, ErrorCode code, string? detail) =>
        new FrameFault(code, detail) { Id = frame.Id, Room = frame.Room.ToString() }.ToFrame();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The application's handler of requests '{Event}' failed with {Exception}; what it says is told at Trace, since it may have something of the request.\n{Stack}", EventName = "HandlerFailed")]
        public static partial void Failed(ILogger logger, string @event, string exception, string? stack);

        [LoggerMessage(2, LogLevel.Warning, "The application's handler of requests '{Event}' took longer than {Seconds} s (GodwitOptions.RequestTimeout); its client was told so.", EventName = "HandlerLate")]
        public static partial void Late(ILogger logger, string @event, double seconds);

        [LoggerMessage(3, LogLevel.Trace, "The application's handler of requests '{Event}' failed.", EventName = "HandlerException")]
        public static partial void FailedWith(ILogger logger, string @event, Exception failure);
    }
}
