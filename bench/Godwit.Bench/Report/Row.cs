using Godwit.Bench.Systems;

namespace Godwit.Bench.Report;

/// <summary>A row of a table: what was measured, over what, how many of them.</summary>
internal readonly record struct Row(string System, Transport Transport, int Size)
{
    /// <summary>What the report calls the transport.</summary>
    public string Readers => Transport switch
    {
        Transport.WebSocket => "WebSocket",
        Transport.SecureWebSocket => "WebSocket, TLS",
        Transport.EventStream => "SSE",
        Transport.DataChannel => "data channel",
        _ => "long poll",
    };
}
