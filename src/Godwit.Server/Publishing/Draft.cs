namespace Godwit.Server.Publishing;

/// <summary>What is to be published, or why it cannot be.</summary>
/// <param name="Number">Its number in the input, from 1.</param>
/// <param name="Body">The body of the request.</param>
/// <param name="MediaType">What the body is.</param>
internal sealed record Draft(long Number, ReadOnlyMemory<byte> Body, string MediaType)
{
    /// <summary>Its event; null leaves it to the server.</summary>
    public string? Event { get; init; }

    /// <summary>Its idempotency key, if the input has one.</summary>
    public string? Key { get; init; }

    /// <summary>Why it cannot be published; null if it can.</summary>
    public string? Problem { get; init; }

    /// <summary>A draft that cannot be published.</summary>
    public static Draft Unfit(long number, string problem) => new(number, default, "") { Problem = problem };
}
