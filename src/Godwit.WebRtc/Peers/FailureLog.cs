using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Peers;

/// <summary>Tells of mistakes of the server that strangers may be able to bring about: one in a second at most, with how many there were in between.</summary>
/// <param name="logger">Where they are told.</param>
/// <param name="clock">The time.</param>
internal sealed partial class FailureLog(ILogger logger, Deadlines clock)
{
    private const long Pause = 1000;

    private long _next;
    private long _untold;

    /// <summary>A failure was caught; any thread.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="fragment">The peer concerned; null where there is none.</param>
    public void Tell(Exception failure, string? fragment)
    {
        long now = clock.Now;
        long next = Interlocked.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, now + Pause, next) != next)
        {
            Interlocked.Increment(ref _untold);
            return;
        }

        Log.Failed(logger, fragment, Interlocked.Exchange(ref _untold, 0), failure);
    }

    private static partial class Log
    {
        [LoggerMessage(6, LogLevel.Error, "What came for the peer {Fragment} could not be carried out, and {Untold} times before that it was not told.", EventName = "PeerFailed")]
        public static partial void Failed(ILogger logger, string? fragment, long untold, Exception failure);
    }
}
