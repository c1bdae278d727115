namespace Godwit.Server.Probes;

/// <summary>What became of a publish.</summary>
/// <param name="Position">The position of the entry; null if it was refused.</param>
/// <param name="Duplicate">Whether the key had been used before, so that nothing was added.</param>
/// <param name="Key">The idempotency key it was sent with.</param>
/// <param name="Status">The HTTP status; over WebSocket 201 or the status that the code stands for.</param>
/// <param name="Code">The code of a refusal.</param>
/// <param name="Raw">The body of the answer, or the frame.</param>
internal sealed record PublishOutcome(string? Position, bool Duplicate, string? Key, int Status, string? Code, string Raw)
{
    /// <summary>The ms after which a refusal says to try again.</summary>
    public int? Retry { get; init; }

    /// <summary>The offset of the entry.</summary>
    public long Offset => ProbeFrameParser.OffsetOf(Position ?? throw new InvalidOperationException($"The publish was refused: {Raw}"));
}
