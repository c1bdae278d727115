using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Lanes.Sockets;

internal sealed partial class SocketLaneListener
{
    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Accepting a connection failed; it is tried again.", EventName = "AcceptFailed")]
        public static partial void AcceptFailed(ILogger logger, Exception failure);
    }
}
