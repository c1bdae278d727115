namespace Godwit.Bench.Systems;

/// <summary>How a reader reads.</summary>
internal enum Transport
{
    WebSocket,
    SecureWebSocket,
    EventStream,
    LongPoll,
    DataChannel,
}
