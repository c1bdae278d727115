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

    /// <summary>How long the readers have at the end to come to the newest entry.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(40);
}
