using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Endpoints;

internal sealed partial class MountEndpoint
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A request failed.", EventName = "RequestFailed")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(2, LogLevel.Debug, "A request was refused because the store does not answer.", EventName = "StoreAway")]
        public static partial void StoreAway(ILogger logger, Exception failure);

        [LoggerMessage(4, LogLevel.Debug, "A request was refused because the store is full: {Reason}", EventName = "StoreFull")]
        public static partial void StoreFull(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Debug, "{Method} {Path} ended with {Status}.", EventName = "RequestEnded")]
        public static partial void Answered(ILogger logger, string method, string path, int status);
    }
}
