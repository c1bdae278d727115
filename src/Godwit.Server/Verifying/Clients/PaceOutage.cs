namespace Godwit.Server.Verifying.Clients;

/// <summary>When the store went, and when it came back.</summary>
/// <param name="lasts">How long it stays away at least.</param>
internal sealed class PaceOutage(TimeSpan lasts)
{
    // Timers may be early by some.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);

    private readonly FirstTime _gone = new();

    /// <summary>When it had gone; null before.</summary>
    public TimeSpan? Gone => _gone.Value;

    /// <summary>Until when it is away for certain; null before it has gone.</summary>
    public TimeSpan? Ends => _gone.Value + lasts - Margin;

    /// <summary>The store has gone.</summary>
    public void Go(TimeSpan at) => _gone.Note(at);

    /// <summary>Whether it is away at a time, for certain.</summary>
    public bool IsAway(TimeSpan at) => at >= Gone && at < Ends;
}
