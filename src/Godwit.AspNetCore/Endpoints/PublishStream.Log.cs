using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Endpoints;

internal sealed partial class PublishStream
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A publish failed; its stream was ended.", EventName = "LineFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
