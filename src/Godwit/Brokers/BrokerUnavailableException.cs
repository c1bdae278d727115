namespace Godwit.Brokers;

/// <summary>The store did not answer in time, or answered that it cannot serve now. Trying again later may succeed.</summary>
public sealed class BrokerUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What did not answer.</param>
    /// <param name="retryAfter">When a retry makes sense.</param>
    /// <param name="inner">The store's own failure.</param>
    public BrokerUnavailableException(string message, TimeSpan retryAfter, Exception? inner = null)
        : base(message, inner) => RetryAfter = retryAfter;

    /// <summary>When a retry makes sense, for <c>Retry-After</c>.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>Whether the store answers, and holds as much of this as it may.</summary>
    public bool IsFull { get; init; }
}
