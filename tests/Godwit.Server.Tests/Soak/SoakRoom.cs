using System.Text;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Soak;

/// <summary>What was acknowledged in one room.</summary>
internal sealed class SoakRoom(ProbeTarget target)
{
    /// <summary>The data of the entry after which nothing comes.</summary>
    public const string Last = "\"the last\"";

    private long _entries;
    private long _sum;

    /// <summary>Where it is.</summary>
    public ProbeTarget Target { get; } = target;

    /// <summary>How many entries were acknowledged.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <summary>A sum over the entries acknowledged that does not depend on their order.</summary>
    public long Sum => Volatile.Read(ref _sum);

    /// <summary>Publishes one entry.</summary>
    /// <param name="publisher">A publisher into this room.</param>
    /// <param name="json">The data.</param>
    /// <param name="twice">Whether it is sent once more with the same key, which must add nothing.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task PublishAsync(HttpPublisher publisher, string json, bool twice, CancellationToken cancel)
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        string? key = twice ? Guid.NewGuid().ToString("N") : null;
        PublishOutcome outcome = await publisher.PublishAsync(body, "application/json", key: key, cancel: cancel);
        if (outcome.Position is null || outcome.Duplicate)
        {
            throw new InvalidOperationException($"A publish was answered {outcome.Status}: {outcome.Raw}");
        }

        if (twice)
        {
            PublishOutcome again = await publisher.PublishAsync(body, "application/json", key: key, cancel: cancel);
            if (!again.Duplicate || again.Position != outcome.Position)
            {
                throw new InvalidOperationException($"A publish repeated with its key was answered {again.Raw} after {outcome.Raw}");
            }
        }

        Interlocked.Increment(ref _entries);
        Interlocked.Add(ref _sum, Digest(outcome.Position, json));
    }

    /// <summary>A number for an entry: its position, mark included, and its data.</summary>
    public static long Digest(string position, string data) => HashCode(position) ^ (31 * HashCode(data));

    private static long HashCode(string text)
    {
        // FNV-1a: stable, and enough to tell entries of one run apart.
        ulong hash = 14695981039346656037;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return (long)hash;
    }
}
