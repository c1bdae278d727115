namespace Godwit.Bench.Systems;

/// <summary>How a reader reads.</summary>
internal enum Transport
{
    WebSocket,
    EventStream,
    LongPoll,
}
