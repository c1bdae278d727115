namespace Godwit.Bench.Generator;

/// <summary>What a system says over a WebSocket before and between entries.</summary>
/// <param name="Marker">What stands before an entry's number in a message. A message without it carries no entry.</param>
internal sealed record WebSocketDialect(byte[] Marker)
{
    /// <summary>The first message to send once upgraded; null for none.</summary>
    public byte[]? Greeting { get; init; }

    /// <summary>How the message begins that says that the reader is in; null when the upgrade itself does.</summary>
    public byte[]? Welcome { get; init; }

    /// <summary>How a message begins that may come before the welcome; null for none.</summary>
    public byte[]? Preamble { get; init; }

    /// <summary>The message that asks whether the reader is there; empty for none.</summary>
    public byte[] Ping { get; init; } = [];

    /// <summary>The answer to it.</summary>
    public byte[] Pong { get; init; } = [];
}
