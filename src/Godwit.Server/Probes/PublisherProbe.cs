namespace Godwit.Server.Probes;

/// <summary>Publishes into a room and keeps what was acknowledged.</summary>
internal abstract class PublisherProbe(ProbeTarget target) : IAsyncDisposable
{
    private readonly List<PublishOutcome> _acknowledged = [];

    /// <summary>Where it publishes.</summary>
    public ProbeTarget Target { get; } = target;

    /// <summary>Every publish that was acknowledged, in order, at most <see cref="ProbeTarget.Keep"/> of the latest.</summary>
    public IReadOnlyList<PublishOutcome> Acknowledged => _acknowledged;

    /// <summary>Publishes JSON and returns the server's answer, a refusal included. It does not retry.</summary>
    public abstract Task<PublishOutcome> PublishAsync(string json, CancellationToken cancel = default);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Keeps an outcome if it is an acknowledgement.</summary>
    protected PublishOutcome Record(PublishOutcome outcome)
    {
        if (outcome.Position is not null)
        {
            if (_acknowledged.Count >= Math.Max(1, Target.Keep))
            {
                _acknowledged.RemoveAt(0);
            }

            _acknowledged.Add(outcome);
        }

        return outcome;
    }
}
