namespace Godwit.Server.Verifying;

/// <summary>How long things may take.</summary>
internal sealed record Bounds
{
    /// <summary>From an acknowledgement to the delivery to each connected reader, without a fault; and to the verdict on a position.</summary>
    public TimeSpan Delivery { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the end of a fault to the next publish that is acknowledged.</summary>
    public TimeSpan Recovery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From the answer to a revocation to the last entry.</summary>
    public TimeSpan Revocation { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From when the store has gone to the word of it that each connected reader is given.</summary>
    public TimeSpan Degraded { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>From when the store has gone, or a publish is sent, to the first refusal.</summary>
    public TimeSpan Refusal { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The same after the first refusal: at once.</summary>
    public TimeSpan LaterRefusal { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From the store's return to the word of it, and to what was missed.</summary>
    public TimeSpan Restored { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the readers have at the end to come to the newest entry.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(40);
}
